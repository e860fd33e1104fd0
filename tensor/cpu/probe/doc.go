// Package probe measures what the processor can do at most: multiply-adds on registers alone, and bytes
// to and from memory. No library is involved; a rate beside one of these says how near to the machine it is.
package probe
