// Package install puts the kernelspec of rg where Jupyter looks for it, and takes it away again.
//
// A kernelspec is a folder with a kernel.json, which says how to start the kernel, and the logos
// that front ends show. Install makes the folder beside its place and renames it in, so that
// Jupyter sees all of it or nothing.
//
//	data, err := install.UserDir()
//	dir, err := install.Install(data, install.Spec{})
//
// A folder that holds another kernel's spec is never overwritten or removed.
package install
