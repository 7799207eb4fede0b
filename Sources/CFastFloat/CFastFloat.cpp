#include "CFastFloat.h"

#include <fast_float/fast_float.h>

const char *cfastfloat_parse(const char *first, const char *last, float *value) {
  auto result = fast_float::from_chars(first, last, *value);
  return result.ptr == first ? nullptr : result.ptr;
}
