package nir

// Codes of diagnostics. N codes are notes and warnings about what was assumed,
// E codes stop the work.
const (
	noteReset      = "N0101" // v_reset absent
	noteWIn        = "N0102" // w_in absent
	noteScalar     = "N0103" // one number stands for all neurons
	noteAxes       = "N0104" // axes of batch or time left out
	noteName       = "N0105" // edge name resolved
	notePort       = "N0106" // Input or Output added
	noteTwice      = "N0107" // edge listed twice
	noteConvInput  = "N0108" // input_shape inferred
	noteFlatInput  = "N0109" // input_type inferred
	noteFlatAxes   = "N0110" // axes of Flatten count a batch axis
	noteInnerPort  = "N0111" // port in the middle of a graph
	noteMeta       = "N0112" // metadata with a meaning
	noteMetaOdd    = "N0113" // metadata that is not understood or not kept
	noteShape      = "N0114" // shape of a port inferred
	noteFile       = "N0115" // harmless oddities of the file
	noteDT         = "N0120" // time step known
	noteDTUnknown  = "N0121" // time step not known
	noteDTConflict = "N0122" // time steps contradict each other
	noteExport     = "N0130" // how NIR says what it has no word for

	errFile     = "E0101" // not the tree of a NIR file
	errType     = "E0102" // unknown node type
	errField    = "E0103" // unknown field
	errMissing  = "E0104" // missing field
	errKind     = "E0105" // wrong type of data
	errValue    = "E0106" // value out of range
	errShape    = "E0107" // shape of a field
	errMismatch = "E0108" // shapes along an edge
	errUnknown  = "E0109" // shape cannot be inferred
	errName     = "E0110" // edge names no node
	errPorts    = "E0111" // ports are ambiguous
	errDT       = "E0112" // dt contradicts itself
	errExport   = "E0130" // NIR cannot say it
)
