// Package wire is the form of Jupyter messages on ZeroMQ: identities, a delimiter, a signature and
// four JSON parts, followed by raw buffers.
//
//	[identity…] <IDS|MSG> signature header parent_header metadata content [buffer…]
//
// Parse believes nothing before the signature has been checked, and hands on JSON only if it is
// JSON. Encode is its inverse.
package wire
