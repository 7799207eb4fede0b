// Instructions that Swift has no word for.
#ifndef CINTRINSICS_SHIM_H
#define CINTRINSICS_SHIM_H

#include <stddef.h>
#include <stdlib.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif
#if defined(__linux__)
#include <sys/mman.h>
#endif

typedef float cintrinsics_float8 __attribute__((ext_vector_type(8)));
typedef float cintrinsics_float16 __attribute__((ext_vector_type(16)));
typedef unsigned cintrinsics_uint16 __attribute__((ext_vector_type(16)));

/// What this program was built for.
static inline const char *cintrinsics_instruction_set(void) {
#if defined(__AVX512F__)
  return "AVX-512";
#elif defined(__AVX2__)
  return "AVX2";
#elif defined(__x86_64__)
  return "SSE2";
#elif defined(__ARM_NEON)
  return "NEON";
#else
  return "scalar instructions";
#endif
}

/// Brings the cache line at `address` near, without waiting for it.
static inline void cintrinsics_prefetch(const void *address) { __builtin_prefetch(address, 0, 3); }

/// The same of a line that will be written.
static inline void cintrinsics_prefetch_for_writing(const void *address) { __builtin_prefetch(address, 1, 3); }

/// Asks for pages of 2 MiB where the system has them. Advice: nothing fails.
static inline void cintrinsics_advise_huge_pages(void *address, size_t bytes) {
#if defined(__linux__) && defined(MADV_HUGEPAGE)
  (void)madvise(address, bytes, MADV_HUGEPAGE);
#endif
}

/// Memory, or NULL where there is none. (Swift's own allocation ends the process with a trap then.)
static inline void *cintrinsics_allocate(size_t bytes, size_t alignment) {
  void *memory = 0;
  return posix_memalign(&memory, alignment, bytes) == 0 ? memory : 0;
}

static inline void cintrinsics_free(void *memory) { free(memory); }

/// Whether so much memory would be given now. It is given back untouched. (Volatile: a pair of malloc and free that
/// nobody looks at is left out by compilers.)
static inline int cintrinsics_can_allocate(size_t bytes) {
  void *volatile memory = malloc(bytes);
  int given = memory != 0;
  free(memory);
  return given;
}

/// The square root of each lane. (Swift's own goes lane by lane.)
static inline cintrinsics_float16 cintrinsics_square_root(cintrinsics_float16 x) {
  return __builtin_elementwise_sqrt(x);
}

/// Of at most 64 numbers a bit each, the first in the lowest: which are 1, and which are not 0. (Swift's masks of lanes do not
/// become bits.)
typedef struct {
  unsigned long long ones, others_than_zero;
} cintrinsics_marks;

static inline cintrinsics_marks cintrinsics_mark(const float *numbers, size_t count) {
  typedef _Bool bits __attribute__((ext_vector_type(16)));
  cintrinsics_marks marks = {0, 0};
  size_t index = 0;
  for (; index + 16 <= count; index += 16) {
    cintrinsics_float16 part;
    __builtin_memcpy(&part, numbers + index, sizeof(part));
    bits ones = __builtin_convertvector(part == 1, bits), others = __builtin_convertvector(part != 0, bits);
    unsigned short one_bits, other_bits;
    __builtin_memcpy(&one_bits, &ones, sizeof(one_bits));
    __builtin_memcpy(&other_bits, &others, sizeof(other_bits));
    marks.ones |= (unsigned long long)one_bits << index;
    marks.others_than_zero |= (unsigned long long)other_bits << index;
  }
  for (; index < count; index++) {
    marks.ones |= (unsigned long long)(numbers[index] == 1) << index;
    marks.others_than_zero |= (unsigned long long)(numbers[index] != 0) << index;
  }
  return marks;
}

/// How often `byte` stands in the `count` bytes at `text`. (Swift's comparison of bytes goes lane by lane.)
static inline size_t cintrinsics_count(const unsigned char *text, size_t count, unsigned char byte) {
  typedef unsigned char block __attribute__((ext_vector_type(64)));
  size_t total = 0, index = 0;
  while (count - index >= sizeof(block)) {
    // As many blocks as a lane of eight bits can count.
    size_t blocks = (count - index) / sizeof(block);
    if (blocks > 255) blocks = 255;
    block counts = 0;
    for (size_t i = 0; i < blocks; i++, index += sizeof(block)) {
      block part;
      __builtin_memcpy(&part, text + index, sizeof(block));
      counts -= (block)(part == byte);
    }
    for (size_t lane = 0; lane < sizeof(block); lane++) total += counts[lane];
  }
  for (; index < count; index++) total += text[index] == byte;
  return total;
}

/// Transposes eight rows of eight.
static inline void cintrinsics_transpose_rows(cintrinsics_float8 r[8]) {
  cintrinsics_float8 t[8];
  // Pairs of rows, then pairs of pairs, then halves.
  for (int i = 0; i < 8; i += 2) {
    t[i] = __builtin_shufflevector(r[i], r[i + 1], 0, 8, 2, 10, 4, 12, 6, 14);
    t[i + 1] = __builtin_shufflevector(r[i], r[i + 1], 1, 9, 3, 11, 5, 13, 7, 15);
  }
  for (int i = 0; i < 8; i += 4) {
    for (int j = 0; j < 2; j++) {
      r[i + j] = __builtin_shufflevector(t[i + j], t[i + j + 2], 0, 1, 8, 9, 4, 5, 12, 13);
      r[i + j + 2] = __builtin_shufflevector(t[i + j], t[i + j + 2], 2, 3, 10, 11, 6, 7, 14, 15);
    }
  }
  for (int i = 0; i < 4; i++) {
    t[i] = __builtin_shufflevector(r[i], r[i + 4], 0, 1, 2, 3, 8, 9, 10, 11);
    t[i + 4] = __builtin_shufflevector(r[i], r[i + 4], 4, 5, 6, 7, 12, 13, 14, 15);
  }
  for (int i = 0; i < 8; i++) r[i] = t[i];
}

/// Transposes an 8×8 block: target[c][r] = source[r][c], rows at the given distances.
static inline void cintrinsics_transpose_8x8(
    const float *source, long source_stride, float *target, long target_stride) {
  cintrinsics_float8 r[8];
  for (int i = 0; i < 8; i++) __builtin_memcpy(&r[i], source + i * source_stride, sizeof(r[i]));
  cintrinsics_transpose_rows(r);
  for (int i = 0; i < 8; i++) __builtin_memcpy(target + i * target_stride, &r[i], sizeof(r[i]));
}

/// Within quarters of eight rows of sixteen, pairs of rows, then pairs of pairs: quarter q of r[4g + k] is then column 4q + k
/// of four rows.
static inline void cintrinsics_transpose_quarters(cintrinsics_float16 r[8]) {
  cintrinsics_float16 t[8];
  for (int i = 0; i < 8; i += 2) {
    t[i] = __builtin_shufflevector(r[i], r[i + 1], 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29);
    t[i + 1] = __builtin_shufflevector(r[i], r[i + 1], 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31);
  }
  for (int i = 0; i < 8; i += 4) {
    for (int j = 0; j < 2; j++) {
      r[i + 2 * j] = __builtin_shufflevector(
          t[i + j], t[i + j + 2], 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29);
      r[i + 2 * j + 1] = __builtin_shufflevector(
          t[i + j], t[i + j + 2], 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31);
    }
  }
}

/// Transposes the left and the right halves of eight rows of sixteen, each as a block of eight by eight.
static inline void cintrinsics_transpose_halves(cintrinsics_float16 r[8]) {
  cintrinsics_float16 t[8];
  cintrinsics_transpose_quarters(r);
  for (int k = 0; k < 4; k++) {
    t[k] = __builtin_shufflevector(r[k], r[k + 4], 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27);
    t[k + 4] = __builtin_shufflevector(r[k], r[k + 4], 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31);
  }
  for (int i = 0; i < 8; i++) r[i] = t[i];
}

/// Copies 16 columns of 16 rows, which lie anywhere, side by side, and transposes them: copy[r][c] = transposed[c][r] =
/// rows[r][column + c]. Rows of `transposed` have 16 elements.
static inline void cintrinsics_copy_and_transpose_16x16(
    const float *const *rows, long column, float *copy, long copy_stride, float *transposed) {
#if defined(__AVX512F__)
  cintrinsics_float16 r[16];
  for (int i = 0; i < 16; i++) __builtin_memcpy(&r[i], rows[i] + column, sizeof(r[i]));
  // Behind all loads, so that what was loaded is stored: right after its load a row would be loaded twice.
  for (int i = 0; i < 16; i++) __builtin_memcpy(copy + i * copy_stride, &r[i], sizeof(r[i]));
  cintrinsics_transpose_quarters(r);
  cintrinsics_transpose_quarters(r + 8);
  // Quarters.
  for (int k = 0; k < 4; k++) {
    for (int half = 0; half < 2; half++) {
      cintrinsics_float16 pairs[2];
      for (int g = 0; g < 2; g++) {
        cintrinsics_float16 a = r[8 * g + k], b = r[8 * g + 4 + k];
        pairs[g] = half ? __builtin_shufflevector(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31)
                        : __builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
      }
      cintrinsics_float16 even = __builtin_shufflevector(
          pairs[0], pairs[1], 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27);
      cintrinsics_float16 odd = __builtin_shufflevector(
          pairs[0], pairs[1], 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
      __builtin_memcpy(transposed + (8 * half + k) * 16, &even, sizeof(even));
      __builtin_memcpy(transposed + (8 * half + 4 + k) * 16, &odd, sizeof(odd));
    }
  }
#else
  for (int row = 0; row < 16; row += 8) {
    for (int half = 0; half < 16; half += 8) {
      cintrinsics_float8 r[8];
      for (int i = 0; i < 8; i++) {
        __builtin_memcpy(&r[i], rows[row + i] + column + half, sizeof(r[i]));
        __builtin_memcpy(copy + (row + i) * copy_stride + half, &r[i], sizeof(r[i]));
      }
      cintrinsics_transpose_rows(r);
      for (int i = 0; i < 8; i++) __builtin_memcpy(transposed + (half + i) * 16 + row, &r[i], sizeof(r[i]));
    }
  }
#endif
}

/// The bits of the nearest bf16, of two the even one, in the upper half of each lane. NaN stays NaN, and what is too small
/// for a normalized number is a zero of its sign: so the instruction has it.
static inline cintrinsics_uint16 cintrinsics_bf16_bits(cintrinsics_float16 x) {
  cintrinsics_uint16 bits = (cintrinsics_uint16)x, isNumber = (cintrinsics_uint16)(x == x);
  bits &= (cintrinsics_uint16)((bits & 0x7f800000) != 0) | 0x80000000;
  cintrinsics_uint16 rounded = bits + 0x7fff + (bits >> 16 & 1);
  return ((rounded & isNumber) | ((bits | 0x400000) & ~isNumber)) & 0xffff0000;
}

/// Pairs of bf16: `first` in the upper half of each lane, `second` in the lower one.
static inline cintrinsics_float16 cintrinsics_bf16_pairs(cintrinsics_float16 first, cintrinsics_float16 second) {
#if defined(__AVX512BF16__) && defined(__AVX512BW__)
  typedef short halves __attribute__((ext_vector_type(32)));
  halves rounded = (halves)_mm512_cvtne2ps_pbh((__m512)first, (__m512)second);
  return (cintrinsics_float16)__builtin_shufflevector(
      rounded, rounded, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29,
      14, 30, 15, 31);
#else
  return (cintrinsics_float16)(cintrinsics_bf16_bits(first) | cintrinsics_bf16_bits(second) >> 16);
#endif
}

/// The same of neighbours: (x[2l], x[2l + 1]) of all thirty-two numbers.
static inline cintrinsics_float16 cintrinsics_bf16_pairs_of_neighbours(
    cintrinsics_float16 low, cintrinsics_float16 high) {
#if defined(__AVX512BF16__) && defined(__AVX512BW__)
  cintrinsics_uint16 rounded = (cintrinsics_uint16)_mm512_cvtne2ps_pbh((__m512)high, (__m512)low);
  return (cintrinsics_float16)(rounded << 16 | rounded >> 16);
#else
  return cintrinsics_bf16_pairs(
      __builtin_shufflevector(low, high, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30),
      __builtin_shufflevector(low, high, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31));
#endif
}

/// Transposes a 16×16 block and pairs its columns: target[c][r] = (source[r][2c], source[r][2c + 1]), in bf16.
static inline void cintrinsics_transpose_16x16_bf16(
    const float *source, long source_stride, float *target, long target_stride) {
  cintrinsics_float16 r[8];
  for (int i = 0; i < 8; i++) {
    cintrinsics_float16 upper, lower;
    __builtin_memcpy(&upper, source + i * source_stride, sizeof(upper));
    __builtin_memcpy(&lower, source + (8 + i) * source_stride, sizeof(lower));
    r[i] = cintrinsics_bf16_pairs_of_neighbours(upper, lower);
  }
  cintrinsics_transpose_halves(r);
  for (int i = 0; i < 8; i++) __builtin_memcpy(target + i * target_stride, &r[i], sizeof(r[i]));
}

/// The same of an 8×32 block.
static inline void cintrinsics_transpose_8x32_bf16(
    const float *source, long source_stride, float *target, long target_stride) {
  cintrinsics_float16 r[8];
  for (int i = 0; i < 8; i++) {
    cintrinsics_float16 left, right;
    __builtin_memcpy(&left, source + i * source_stride, sizeof(left));
    __builtin_memcpy(&right, source + i * source_stride + 16, sizeof(right));
    r[i] = cintrinsics_bf16_pairs_of_neighbours(left, right);
  }
  cintrinsics_transpose_halves(r);
  for (int i = 0; i < 8; i++) {
    cintrinsics_float8 left = r[i].lo, right = r[i].hi;
    __builtin_memcpy(target + i * target_stride, &left, sizeof(left));
    __builtin_memcpy(target + (8 + i) * target_stride, &right, sizeof(right));
  }
}

/// The same of at most 8 rows and 32 columns, as if zeros stood around them: all eight lanes of as many rows as there are
/// pairs are written.
static inline void cintrinsics_transpose_part_bf16(
    const float *source, long source_stride, long rows, long columns, float *target, long target_stride) {
  float block[8 * 32] = {0}, pairs[16 * 8];
  for (long row = 0; row < rows; row++) {
    __builtin_memcpy(block + row * 32, source + row * source_stride, (size_t)columns * sizeof(float));
  }
  cintrinsics_transpose_8x32_bf16(block, 32, pairs, 8);
  for (long pair = 0; pair < (columns + 1) / 2; pair++) {
    __builtin_memcpy(target + pair * target_stride, pairs + 8 * pair, 8 * sizeof(float));
  }
}

/// What `cintrinsics_add_bf16_products` gives, by instructions that every processor has.
static inline cintrinsics_float16 cintrinsics_add_bf16_products_in_float32(
    cintrinsics_float16 sum, float a, cintrinsics_float16 b) {
  typedef unsigned word16 __attribute__((ext_vector_type(16)));
  cintrinsics_float16 repeated = a;
  word16 left = (word16)repeated, right = (word16)b;
  sum = __builtin_elementwise_fma(
      (cintrinsics_float16)(left & 0xffff0000), (cintrinsics_float16)(right & 0xffff0000), sum);
  return __builtin_elementwise_fma((cintrinsics_float16)(left << 16), (cintrinsics_float16)(right << 16), sum);
}

/// sum + a₀·b₀ + a₁·b₁ in each lane, of pairs of bf16: two fused multiply-adds in Float32, the first of the pairs
/// first. (The instruction takes the upper half of a lane before the lower one: so Intel's manual has it, and so
/// processors of AMD do it; each process looks whether its own does.)
static inline cintrinsics_float16 cintrinsics_add_bf16_products(
    cintrinsics_float16 sum, float a, cintrinsics_float16 b) {
#if defined(__AVX512BF16__)
  return (cintrinsics_float16)_mm512_dpbf16_ps((__m512)sum, (__m512bh)_mm512_set1_ps(a), (__m512bh)b);
#else
  return cintrinsics_add_bf16_products_in_float32(sum, a, b);
#endif
}

/// Whether this program was built for processors that multiply bf16.
static inline int cintrinsics_multiplies_bf16(void) {
#if defined(__AVX512BF16__)
  return 1;
#else
  return 0;
#endif
}

/// Makes this thread treat numbers too small for a normalized Float as zero.
static inline void cintrinsics_flush_denormals(void) {
#if defined(__x86_64__)
  // Flush-to-zero (bit 15) for results, denormals-are-zero (bit 6) for operands.
  _mm_setcsr(_mm_getcsr() | 0x8040);
#elif defined(__aarch64__)
  unsigned long mode;
  __asm__ volatile("mrs %0, fpcr" : "=r"(mode));
  __asm__ volatile("msr fpcr, %0" : : "r"(mode | 1ul << 24));
#endif
}

/// How this thread computes with Floats, to be restored.
static inline unsigned long cintrinsics_floating_point_mode(void) {
#if defined(__x86_64__)
  return _mm_getcsr();
#elif defined(__aarch64__)
  unsigned long mode;
  __asm__ volatile("mrs %0, fpcr" : "=r"(mode));
  return mode;
#else
  return 0;
#endif
}

static inline void cintrinsics_restore_floating_point_mode(unsigned long mode) {
#if defined(__x86_64__)
  _mm_setcsr((unsigned)mode);
#elif defined(__aarch64__)
  __asm__ volatile("msr fpcr, %0" : : "r"(mode));
#endif
}

/// Whether a processor of the kind compiled for has 32 vector registers, and not 16.
static inline int cintrinsics_has_32_vector_registers(void) {
#if defined(__AVX512F__) || defined(__aarch64__)
  return 1;
#else
  return 0;
#endif
}

#endif
