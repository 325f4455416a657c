package spike

import (
	"errors"
	"fmt"
	"strings"

	"github.com/synfire/synfire/internal/npy"
)

// Form names the layout of an array or of a csv file.
type Form string

// The forms. N may be the product of several trailing dimensions.
const (
	FormRaster      Form = "raster"       // [T, N] of 0 and 1
	FormBatch       Form = "batch"        // [S, T, N] of 0 and 1
	FormPacked      Form = "packed"       // [T, ceil(N/8)] uint8, bits in little order
	FormPackedBatch Form = "packed-batch" // [S, T, ceil(N/8)] uint8, bits in little order
	FormEvents      Form = "events"       // [K, 2] integers, rows (t, i)
)

// samplesOf interprets an array as samples for n channels. form may be empty:
// then the array must have one meaning only. steps is the length of a raster
// of events, 0 for as many as they need.
func samplesOf(a *npy.Array, form Form, steps, n int) (m *memory, samples int, err error) {
	possible := possibleForms(a, n)
	forms := possible
	if form == "" {
		forms = likelyForms(a, possible, n)
	}
	if form == "" && len(forms) == 2 && n == 2 && len(a.Shape) == 2 {
		// [K, 2] for two channels: the values decide.
		e, err := arrayEvents(a)
		if err != nil {
			return nil, 0, err
		}
		r, err := e.twoColumns(steps)
		return whole(r, err)
	}
	switch {
	case form != "":
		if !has(forms, form) {
			return nil, 0, fmt.Errorf("an array of shape %v of %v%d is not of form %q for %d channels%s",
				a.Shape, a.Kind, a.Bits, form, n, listForms(forms))
		}
	case len(forms) == 0:
		return nil, 0, wrongShape(fmt.Errorf("an array of shape %v of %v%d holds no spikes of %d channels; it should be [T, %d] or [S, T, %d]%s",
			a.Shape, a.Kind, a.Bits, n, n, n, listForms(possible)))
	case len(forms) > 1:
		return nil, 0, fmt.Errorf("an array of shape %v of %v%d is ambiguous for %d channels%s",
			a.Shape, a.Kind, a.Bits, n, listForms(forms))
	default:
		form = forms[0]
	}
	return decode(a, form, steps, n)
}

// decode reads the array in a form that fits its shape.
func decode(a *npy.Array, form Form, steps, n int) (m *memory, samples int, err error) {
	samples = 1
	var r *Raster
	switch form {
	case FormEvents:
		return whole(FromEvents(a, steps, n))
	case FormRaster:
		r, err = fromDense(a, a.Shape[0], a.Shape[0], n)
	case FormPacked:
		r, err = fromPacked(a, a.Shape[0], a.Shape[0], n)
	case FormBatch:
		samples = a.Shape[0]
		r, err = fromDense(a, samples*a.Shape[1], a.Shape[1], n)
	case FormPackedBatch:
		samples = a.Shape[0]
		r, err = fromPacked(a, samples*a.Shape[1], a.Shape[1], n)
	}
	if err != nil {
		return nil, 0, err
	}
	return &memory{all: r, each: r.Steps / samples}, samples, nil
}

// whole wraps one raster.
func whole(r *Raster, err error) (*memory, int, error) {
	if err != nil {
		return nil, 0, err
	}
	return &memory{all: r, each: r.Steps}, 1, nil
}

// possibleForms returns the forms that kind and shape of an array allow.
// Arrays without elements have none, but an empty list of events is one.
func possibleForms(a *npy.Array, n int) []Form {
	dims := len(a.Shape)
	if a.Kind == npy.String || dims == 0 {
		return nil
	}
	var forms []Form
	width := packedWidth(n)
	bytes := isBytes(a)
	if a.Len() > 0 {
		if product(a.Shape[1:]) == n {
			forms = append(forms, FormRaster)
		}
		if dims >= 3 && product(a.Shape[2:]) == n {
			forms = append(forms, FormBatch)
		}
		if bytes && dims == 2 && a.Shape[1] == width {
			forms = append(forms, FormPacked)
		}
		if bytes && dims == 3 && a.Shape[2] == width {
			forms = append(forms, FormPackedBatch)
		}
	}
	if dims == 2 && a.Shape[1] == 2 && (a.Kind == npy.Int || a.Kind == npy.Uint) {
		forms = append(forms, FormEvents)
	}
	return forms
}

// likelyForms drops the forms that must be asked for: events in bytes, which
// end at 255 and which nobody writes, and packed bits of one channel, which
// are the same as a raster.
func likelyForms(a *npy.Array, forms []Form, n int) []Form {
	var likely []Form
	for _, f := range forms {
		packed := f == FormPacked || f == FormPackedBatch
		if f == FormEvents && isBytes(a) || packed && n == 1 {
			continue
		}
		likely = append(likely, f)
	}
	return likely
}

func isBytes(a *npy.Array) bool { return a.Kind == npy.Uint && a.Bits == 8 }

// product multiplies dimensions; npy has bounded the product of all.
func product(shape []int) int {
	p := 1
	for _, d := range shape {
		p *= d
	}
	return p
}

func has(forms []Form, form Form) bool {
	for _, f := range forms {
		if f == form {
			return true
		}
	}
	return false
}

// listForms renders what an array may be.
func listForms(forms []Form) string {
	if len(forms) == 0 {
		return ""
	}
	names := make([]string, len(forms))
	for k, f := range forms {
		names[k] = string(f)
	}
	return " (with --form it may be " + strings.Join(names, " or ") + ")"
}

// twoColumns makes a raster of two columns of numbers for two channels: the
// rows are steps if all numbers are 0 or 1, or they are events (t, i). A
// raster of more than 4 steps repeats a row, which events must not, so that
// only few and short files can be both.
func (e *eventList) twoColumns(steps int) (*Raster, error) {
	events, eventsErr := e.raster(steps, 2)
	for _, v := range e.pairs {
		if v != 0 && v != 1 {
			return events, eventsErr
		}
	}
	var duplicate *duplicateError
	if !errors.As(eventsErr, &duplicate) {
		return nil, fmt.Errorf("%d rows of two columns may be %s or %s of two channels; choose with --form, or begin a csv file of events with the line t,i",
			len(e.pairs)/2, FormRaster, FormEvents)
	}
	r, err := New(len(e.pairs)/2, 2)
	if err != nil {
		return nil, err
	}
	for k, v := range e.pairs {
		if v == 1 {
			r.Set(k/2, k%2)
		}
	}
	return r, nil
}
