// HDF5's names that are macros, and what takes several of its calls, as functions.
#include <hdf5.h>
#include <string.h>

enum { chdf5_most_dimensions = H5S_MAX_RANK };

// Opens a file for reading; negative where it cannot be. Nothing is printed, and no lock is needed.
static inline hid_t chdf5_open_file(const char *path) {
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
#if H5_VERSION_GE(1, 10, 7)
  H5Pset_file_locking(access, 0, 1);
#endif
  const hid_t file = H5Fopen(path, H5F_ACC_RDONLY, access);
  H5Pclose(access);
  return file;
}

// Opens a dataset; negative where there is none of that name.
static inline hid_t chdf5_open_dataset(hid_t file, const char *name) { return H5Dopen2(file, name, H5P_DEFAULT); }

// The number of dimensions, and the dimensions; negative where they cannot be told.
static inline int chdf5_shape(hid_t dataset, hsize_t *dimensions) {
  const hid_t space = H5Dget_space(dataset);
  if (space < 0) return -1;
  const int count = H5Sget_simple_extent_dims(space, dimensions, NULL);
  H5Sclose(space);
  return count;
}

// Whether the elements are integers or floating-point numbers.
static inline int chdf5_holds_numbers(hid_t dataset) {
  const hid_t type = H5Dget_type(dataset);
  if (type < 0) return 0;
  const H5T_class_t kind = H5Tget_class(type);
  H5Tclose(type);
  return kind == H5T_INTEGER || kind == H5T_FLOAT;
}

// Reads `count` places of the first dimension from `first` on, all of the others. Returns whether it did.
static inline int chdf5_read(
    hid_t dataset, int dimensionCount, const hsize_t *dimensions, hsize_t first, hsize_t count, double *values) {
  hsize_t start[H5S_MAX_RANK] = {0}, size[H5S_MAX_RANK];
  memcpy(size, dimensions, (size_t)dimensionCount * sizeof(hsize_t));
  start[0] = first;
  size[0] = count;
  const hid_t space = H5Dget_space(dataset);
  if (space < 0) return 0;
  const hid_t memory = H5Screate_simple(dimensionCount, size, NULL);
  const int done = memory >= 0 && H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, size, NULL) >= 0 &&
                   H5Dread(dataset, H5T_NATIVE_DOUBLE, memory, space, H5P_DEFAULT, values) >= 0;
  if (memory >= 0) H5Sclose(memory);
  H5Sclose(space);
  return done;
}

typedef struct {
  char *text;
  size_t size, used;
} chdf5_names;

static inline herr_t chdf5_add_name(hid_t group, const char *name, const H5L_info_t *info, void *names) {
  (void)info;
  chdf5_names *list = (chdf5_names *)names;
  const hid_t dataset = H5Dopen2(group, name, H5P_DEFAULT);
  if (dataset < 0) return 0;
  H5Dclose(dataset);
  const size_t length = strlen(name) + 1;
  if (list->used + length > list->size) return 1;
  memcpy(list->text + list->used, name, length);
  list->used += length;
  return 0;
}

// Writes the names of the file's datasets, a NUL after each, as many as there is room for. Returns the bytes.
static inline size_t chdf5_list(hid_t file, char *text, size_t size) {
  chdf5_names names = {text, size, 0};
  H5Lvisit(file, H5_INDEX_NAME, H5_ITER_INC, chdf5_add_name, &names);
  return names.used;
}
