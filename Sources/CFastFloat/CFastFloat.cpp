#include "CFastFloat.h"

#include <charconv>
#include <fast_float/fast_float.h>

namespace {
template <typename Value> const char *parse(const char *first, const char *last, Value *value) {
  auto result = fast_float::from_chars(first, last, *value);
  return result.ptr == first ? nullptr : result.ptr;
}
} // namespace

const char *cfastfloat_parse(const char *first, const char *last, float *value) {
  return parse(first, last, value);
}

const char *cfastfloat_parse_double(const char *first, const char *last, double *value) {
  return parse(first, last, value);
}

char *cfastfloat_write(char *first, char *last, float value) {
  auto result = std::to_chars(first, last, value);
  return result.ec == std::errc() ? result.ptr : nullptr;
}
