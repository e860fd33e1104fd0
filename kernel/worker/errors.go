package worker

import "errors"

var errByHand = errors.New("a worker is started by the front, not by hand: run rgkernel kernel -f FILE")
