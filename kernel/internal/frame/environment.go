package frame

// Environment is the variable by which the front tells a worker where its end of the socket is: one
// file descriptor, or on Windows two handles, for reading and for writing, with a comma between.
const Environment = "RG_WORKER_SOCKET"
