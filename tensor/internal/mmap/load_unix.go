//go:build linux || darwin

package mmap

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

func load(f *os.File, size int) (data []byte, mapped bool, err error) {
	data, err = unix.Mmap(int(f.Fd()), 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_NORESERVE)
	if errors.Is(err, unix.ENODEV) || errors.Is(err, unix.EINVAL) { // some network and shared folders
		data, err = readAll(f, size)
		return data, false, err
	}
	return data, err == nil, err
}

func unmap(data []byte) { _ = unix.Munmap(data) }
