// What gorgonia.org/cu lacks, or does in several calls.
#ifndef RG_CUSHIM_LAUNCH_H
#define RG_CUSHIM_LAUNCH_H

#include <stddef.h>

int rg_launch(void *context, void *function, void *stream, const unsigned *dims, char *args, const unsigned *at, int n);
int rg_pinned(void *context, void **p, size_t n);
void rg_describe(int result, char **name, char **text);

#endif
