// fast_float is a C++ template library; Swift sees it through these functions.
#ifndef C_FAST_FLOAT_H
#define C_FAST_FLOAT_H

#ifdef __cplusplus
extern "C" {
#endif

/// Parses the longest decimal number at the start of [first, last) into *value, correctly
/// rounded. Returns the end of the number, or NULL where there is none. A number too large
/// for a float gives an infinity, one too small a zero.
const char *_Nullable cfastfloat_parse(const char *_Nonnull first, const char *_Nonnull last,
                                       float *_Nonnull value);

/// The same for a double.
const char *_Nullable cfastfloat_parse_double(const char *_Nonnull first, const char *_Nonnull last,
                                              double *_Nonnull value);

#ifdef __cplusplus
}
#endif
#endif
