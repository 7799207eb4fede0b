// Numbers and their texts: fast_float is a C++ template library, and so is <charconv>; Swift sees them through these
// functions.
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

/// Writes the shortest text that reads as the same float to [first, last). Returns the end of the text, or NULL where
/// there is no room for it; 16 bytes are always enough.
char *_Nullable cfastfloat_write(char *_Nonnull first, char *_Nonnull last, float value);

#ifdef __cplusplus
}
#endif
#endif
