// Package nir reads and writes networks in the Neuromorphic Intermediate
// Representation (Pedersen et al., Nature Communications 15:8122, 2024), which
// is stored as HDF5. Layout of the file, node types and the habits of the
// exporters: specs/nir.md sections 1 and 6.
//
// A file is a tree. /version names the Python package that wrote it, /node is
// the outermost graph; a graph has a type, an edge list of node names and the
// group nodes with one group a node: a type and one dataset a field. Nested
// graphs become nodes of op ir.OpGraph.
//
// # Reading
//
// [Read] works in four steps, each in a file of its own:
//
//  1. nodes.go turns the fields of each node into an ir.Node (types.go lists
//     them), keeping the shapes as they are in the file;
//  2. edges.go and ports.go resolve names and complete the ports;
//  3. solve.go infers the shapes of all nodes from those that cannot be
//     mistaken (weights, convolutions) outwards, and fit.go fits what the file
//     declares to them;
//  4. dt.go finds the time step.
//
// Files of old versions and sloppy exporters are repaired where only one
// reading makes sense. Every repair is a diagnostic with a code (codes.go) and
// a note in the network; everything that could be read in two ways is an
// error. Nothing is repaired silently.
//
// # Metadata that has a meaning
//
// NIR has no field for the time step, the kind of reset or the first state.
// In the metadata of a population these keys are read, and written by
// [Write]: dt (seconds), reset, compare, integrator, current (the names of
// package ir), state_bits, v0, v_min, refractory (seconds) and
// refractory_steps. dt may also stand in the metadata of the outermost graph. All other metadata is
// kept as it is.
package nir
