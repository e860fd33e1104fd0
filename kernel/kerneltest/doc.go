// Package kerneltest plays the other side of a kernel: a Client that does what a front end does, and
// a Script engine whose cells are small commands.
//
//	k := kerneltest.Start(t, exec.Command("rgkernel", "kernel", "-f"))
//	r := k.Client.Run("1 + 1")
//	if r.Status != "ok" || r.Result() != "2" { … }
//
// The client talks over zmq4's own DEALER and SUB sockets, so that the kernel's servers are tested
// against sockets that are not theirs.
package kerneltest
