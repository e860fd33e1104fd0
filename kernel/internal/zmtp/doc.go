// Package zmtp holds the listening sockets of the kernel: ROUTER and XPUB servers over zmq4.
//
// zmq4 performs the ZMTP greeting and handshake (Open); the rest of its sockets can't be made right
// from outside, so this package accepts, queues and closes by itself:
//
//   - every connection shakes hands in a goroutine of its own and under a deadline, so that a
//     client that connects and stays silent holds up no one;
//   - every peer has its own queue and its own writer: sending never blocks, never drops and never
//     fails because of another peer. A publisher that must not outrun its subscribers calls WaitRoom;
//   - a message's size is bounded before memory is set aside for it;
//   - Close sees queued messages out before it closes a connection (linger);
//   - a reply goes to the connection that asked, whatever identity its peer claims.
package zmtp
