package quantize

import (
	"fmt"
	"math"
)

// maxRounds bounds how often Cluster moves its centres.
const maxRounds = 100

// Cluster returns at most k centres that stand for points in the plane, and
// the centre of each point (k-means). If the points differ in one coordinate
// only the squared distances are as small as they can be (Palette); else they
// are those of Lloyd's algorithm, started at the mean and then always at the
// point farthest from the centres so far.
func Cluster(points [][2]float64, k int) (centres [][2]float64, of []int, err error) {
	if len(points) == 0 || len(points) > maxPalette || k < 1 {
		return nil, nil, fmt.Errorf("%d clusters of %d points", k, len(points))
	}
	for i, p := range points {
		if math.IsNaN(p[0]-p[0]) || math.IsNaN(p[1]-p[1]) { // infinite, too
			return nil, nil, fmt.Errorf("point %d of a cluster is %v", i, p)
		}
	}
	for axis := range 2 {
		if constant(points, 1-axis) {
			return clusterLine(points, axis, k)
		}
	}
	centres = startCentres(points, k)
	of = make([]int, len(points))
	for range maxRounds {
		moved := false
		for i, p := range points {
			if at, _ := nearest(centres, p); at != of[i] {
				of[i], moved = at, true
			}
		}
		if !moved {
			break
		}
		recentre(centres, points, of)
	}
	return centres, of, nil
}

func constant(points [][2]float64, axis int) bool {
	for _, p := range points {
		if p[axis] != points[0][axis] {
			return false
		}
	}
	return true
}

// clusterLine clusters points that differ along one axis.
func clusterLine(points [][2]float64, axis, k int) ([][2]float64, []int, error) {
	x, weight := make([]float64, len(points)), make([]float64, len(points))
	for i, p := range points {
		x[i], weight[i] = p[axis], 1
	}
	values, of, err := Palette(x, weight, k)
	centres := make([][2]float64, len(values))
	for i, v := range values {
		centres[i] = points[0]
		centres[i][axis] = v
	}
	return centres, of, err
}

// startCentres returns the mean of the points and those that are farthest from
// what is there already, as far as they differ.
func startCentres(points [][2]float64, k int) [][2]float64 {
	centres := [][2]float64{{}}
	recentre(centres, points, make([]int, len(points)))
	for len(centres) < k {
		far, at := 0.0, -1
		for i, p := range points {
			if _, d := nearest(centres, p); d > far {
				far, at = d, i
			}
		}
		if at < 0 {
			break
		}
		centres = append(centres, points[at])
	}
	return centres
}

// nearest returns the first of the nearest centres and its squared distance.
func nearest(centres [][2]float64, p [2]float64) (at int, distance float64) {
	distance = math.Inf(1)
	for c, x := range centres {
		dx, dy := p[0]-x[0], p[1]-x[1]
		if d := float64(dx*dx) + float64(dy*dy); d < distance {
			at, distance = c, d
		}
	}
	return at, distance
}

// recentre moves centres to the mean of their points.
func recentre(centres, points [][2]float64, of []int) {
	sum, n := make([][2]float64, len(centres)), make([]float64, len(centres))
	for i, p := range points {
		c := of[i]
		sum[c][0] += p[0]
		sum[c][1] += p[1]
		n[c]++
	}
	for c := range centres {
		if n[c] > 0 {
			centres[c] = [2]float64{sum[c][0] / n[c], sum[c][1] / n[c]}
		}
	}
}
