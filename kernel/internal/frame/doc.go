// Package frame is the language that the front and its worker speak over their socket.
//
// A frame is a kind, the number of the request or cell it belongs to, a JSON body and raw buffers,
// all with their lengths in front (big-endian):
//
//	kind 1 byte · reserved 3 · id 8 · body length 4 · buffer count 4 · buffer lengths 4 each · body · buffers
//
// Either side treats what it reads as foreign bytes: sizes are bounded, and memory is set aside only
// as bytes arrive.
package frame
