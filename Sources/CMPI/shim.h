// What Swift cannot import from mpi.h: its handles and constants are macros over
// pointers (Open MPI) or casts (MPICH). Each function returns one; none has logic.
#ifndef CMPI_SHIM_H
#define CMPI_SHIM_H

#include <mpi.h>

static inline MPI_Comm cmpi_comm_world(void) { return MPI_COMM_WORLD; }
static inline MPI_Comm cmpi_comm_null(void) { return MPI_COMM_NULL; }
static inline MPI_Errhandler cmpi_errors_return(void) { return MPI_ERRORS_RETURN; }

static inline MPI_Datatype cmpi_byte(void) { return MPI_BYTE; }
static inline MPI_Datatype cmpi_float(void) { return MPI_FLOAT; }
static inline MPI_Datatype cmpi_int64(void) { return MPI_INT64_T; }

static inline MPI_Op cmpi_sum(void) { return MPI_SUM; }

static inline void *cmpi_in_place(void) { return MPI_IN_PLACE; }

static inline MPI_Status *cmpi_status_ignore(void) { return MPI_STATUS_IGNORE; }

static inline int cmpi_any_source(void) { return MPI_ANY_SOURCE; }

static inline int cmpi_success(void) { return MPI_SUCCESS; }
static inline int cmpi_thread_funneled(void) { return MPI_THREAD_FUNNELED; }
static inline int cmpi_max_error_string(void) { return MPI_MAX_ERROR_STRING; }
static inline int cmpi_max_processor_name(void) { return MPI_MAX_PROCESSOR_NAME; }
static inline int cmpi_max_library_version_string(void) { return MPI_MAX_LIBRARY_VERSION_STRING; }

// Open MPI's request is imported as a pointer that its functions take as an optional one, MPICH's as a number.
typedef struct { MPI_Request handle; } cmpi_request;

static inline int cmpi_isend(const void *bytes, int count, int receiver, int tag, MPI_Comm comm, cmpi_request *request) {
  return MPI_Isend(bytes, count, MPI_BYTE, receiver, tag, comm, &request->handle);
}

static inline int cmpi_test(cmpi_request *request, int *is_done) {
  return MPI_Test(&request->handle, is_done, MPI_STATUS_IGNORE);
}

#endif
