// OpenBLAS's cblas.h: the CBLAS interface, and the library's own controls over its threads.
#ifndef CBLAS_SHIM_H
#define CBLAS_SHIM_H

#include <cblas.h>

#endif
