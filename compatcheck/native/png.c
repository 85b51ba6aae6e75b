/* PNG's row filters (PNG specification, clause 9), for 8-bit RGB and RGBA.
 *
 * Reading undoes them in place and closes the gaps that the filter bytes leave. Screenshots are mostly flat, so a stretch
 * whose bytes are all zero and whose row above is one colour, the same as to its left, is recognised and copied: every
 * filter gives that colour there.
 */

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif
#include "processor.h"

#define FLAT 24 /* pixels looked at together when a flat stretch is suspected */

/* Nonzero when `count` bytes from `raw` are zero and `above` repeats with the period of one pixel, beginning as `left`. */
static inline int is_flat(const uint8_t *raw, const uint8_t *above, const uint8_t *left, int bytes, int count)
{
    uint64_t any = 0, zero;
    for (int i = 0; i < count; i += 8) {
        memcpy(&zero, raw + i, 8);
        any |= zero;
    }
    if (any || memcmp(above - bytes, left, (size_t)bytes))
        return 0;
    for (int i = 0; i < count; i += 8) {
        uint64_t here, before;
        memcpy(&here, above + i, 8);
        memcpy(&before, above + i - bytes, 8);
        any |= here ^ before;
    }
    return !any;
}

static inline uint8_t paeth(int a, int b, int c)
{
    int pa = abs(b - c), pb = abs(a - c), pc = abs(a + b - 2 * c);
    return (uint8_t)(pa <= pb && pa <= pc ? a : pb <= pc ? b : c);
}

#if defined(__SSE2__)
/* one pixel of Paeth at a time, its channels side by side in 16 bits, as libpng does */
static inline __m128i wide(const uint8_t *place)
{
    int32_t four;
    memcpy(&four, place, 4);
    return _mm_unpacklo_epi8(_mm_cvtsi32_si128(four), _mm_setzero_si128());
}

static inline __m128i absolute(__m128i x) { return _mm_max_epi16(x, _mm_sub_epi16(_mm_setzero_si128(), x)); }

static inline __m128i choose(__m128i mask, __m128i yes, __m128i no)
{
    return _mm_or_si128(_mm_and_si128(mask, yes), _mm_andnot_si128(mask, no));
}

static inline __m128i paeth_pixel(__m128i a, __m128i b, __m128i c)
{
    __m128i pa = _mm_sub_epi16(b, c), pb = _mm_sub_epi16(a, c), pc = _mm_add_epi16(pa, pb);
    pa = absolute(pa);
    pb = absolute(pb);
    pc = absolute(pc);
    __m128i least = _mm_min_epi16(pc, _mm_min_epi16(pa, pb));
    return choose(_mm_cmpeq_epi16(least, pa), a, choose(_mm_cmpeq_epi16(least, pb), b, c));
}
#endif

/* Undo Average or Paeth; `out` lies before `raw` in the same buffer, never more than FLAT pixels matter. */
static void undo_left(int filter, const uint8_t *raw, const uint8_t *above, uint8_t *out, ptrdiff_t row, int bytes)
{
    for (int i = 0; i < bytes; i++) /* nothing stands to the left of the first pixel */
        out[i] = (uint8_t)(raw[i] + (filter == 3 ? above[i] >> 1 : filter == 4 ? above[i] : 0));
    ptrdiff_t i = bytes;
    const int stretch = FLAT * bytes;
    while (i < row) {
        if (i + stretch <= row && is_flat(raw + i, above + i, out + i - bytes, bytes, stretch)) {
            memmove(out + i, above + i, (size_t)stretch);
            i += stretch;
            continue;
        }
        ptrdiff_t stop = i + stretch < row ? i + stretch : row;
        if (filter == 3)
            for (; i < stop; i++)
                out[i] = (uint8_t)(raw[i] + ((out[i - bytes] + above[i]) >> 1));
        else {
#if defined(__SSE2__)
            if (stop < row) { /* four bytes are read and written for three: not at the very end */
                __m128i a = wide(out + i - bytes), c = wide(above + i - bytes);
                for (; i < stop; i += bytes) {
                    const __m128i b = wide(above + i);
                    a = _mm_add_epi8(wide(raw + i), paeth_pixel(a, b, c));
                    c = b;
                    int32_t four = _mm_cvtsi128_si32(_mm_packus_epi16(_mm_and_si128(a, _mm_set1_epi16(255)), a));
                    memcpy(out + i, &four, (size_t)bytes);
                }
                continue;
            }
#endif
            for (; i < stop; i++)
                out[i] = (uint8_t)(raw[i] + paeth(out[i - bytes], above[i], above[i - bytes]));
        }
    }
}

/* Undo Sub: every byte plus the one a pixel to its left. `out` lies before `raw` in the same buffer. */
static void undo_sub(const uint8_t *raw, uint8_t *out, ptrdiff_t from, ptrdiff_t row, int bytes)
{
    for (ptrdiff_t i = from; i < row; i++)
        out[i] = (uint8_t)(raw[i] + (i < bytes ? 0 : out[i - bytes]));
}

#if X86
/* The same, up to 16 bytes at a time: they are summed up among themselves before the pixel to their left is added to all. */
#define UNDO_SUB(name, bytes, taken, last)                                                                                    \
    __attribute__((target("ssse3"))) static void name(const uint8_t *raw, uint8_t *out, ptrdiff_t row)                        \
    {                                                                                                                         \
        __m128i left = _mm_setzero_si128();                                                                                   \
        ptrdiff_t i = 0;                                                                                                      \
        for (; i + 16 <= row; i += taken) { /* what is written past the bytes taken was read before */                        \
            __m128i x = _mm_loadu_si128((const __m128i *)(raw + i));                                                          \
            x = _mm_add_epi8(x, _mm_slli_si128(x, bytes));                                                                    \
            x = _mm_add_epi8(x, _mm_slli_si128(x, 2 * bytes));                                                                \
            x = _mm_add_epi8(x, _mm_slli_si128(x, 4 * bytes));                                                                \
            x = _mm_add_epi8(x, left);                                                                                        \
            left = _mm_shuffle_epi8(x, last);                                                                                 \
            _mm_storeu_si128((__m128i *)(out + i), x);                                                                        \
        }                                                                                                                     \
        undo_sub(raw, out, i, row, bytes);                                                                                    \
    }
UNDO_SUB(undo_sub_rgb, 3, 15, _mm_setr_epi8(12, 13, 14, 12, 13, 14, 12, 13, 14, 12, 13, 14, 12, 13, 14, 12))
UNDO_SUB(undo_sub_rgba, 4, 16, _mm_setr_epi8(12, 13, 14, 15, 12, 13, 14, 15, 12, 13, 14, 15, 12, 13, 14, 15))
#endif

/* Undo the filters of `rows` rows of `row` bytes, each behind its filter byte, in place; the result has no gaps.
 *
 * `bytes` is 3 or 4 to the pixel. Returns 0, or -1 for a filter that does not exist or when memory ran out.
 */
int cc_unfilter(uint8_t *data, ptrdiff_t rows, ptrdiff_t row, int bytes)
{
    uint8_t *zeros = calloc(1, (size_t)row + 8);
    if (!zeros)
        return -1;
    const uint8_t *above = zeros;
    int failed = 0;
#if X86
    __builtin_cpu_init();
    const int quick = __builtin_cpu_supports("ssse3");
#endif
    for (ptrdiff_t y = 0; y < rows && !failed; y++) {
        const uint8_t *raw = data + y * (row + 1) + 1;
        uint8_t *out = data + y * row;
        const int filter = raw[-1];
        if (filter == 0)
            memmove(out, raw, (size_t)row);
#if X86
        else if (filter == 1 && quick)
            (bytes == 3 ? undo_sub_rgb : undo_sub_rgba)(raw, out, row);
#endif
        else if (filter == 1)
            undo_sub(raw, out, 0, row, bytes);
        else if (filter == 2) {
            ptrdiff_t i = 0;
#if defined(__SSE2__)
            for (; i + 16 <= row; i += 16)
                _mm_storeu_si128((__m128i *)(out + i), _mm_add_epi8(_mm_loadu_si128((const __m128i *)(raw + i)),
                                                                    _mm_loadu_si128((const __m128i *)(above + i))));
#endif
            for (; i < row; i++)
                out[i] = (uint8_t)(raw[i] + above[i]);
        } else if (filter <= 4)
            undo_left(filter, raw, above, out, row, bytes);
        else
            failed = 1;
        above = out;
    }
    free(zeros);
    return failed ? -1 : 0;
}

/* Drop the alpha of `pixels` RGBA pixels in place. Returns 0, or -1 (and stops) at the first that is not opaque. */
int cc_drop_alpha(uint8_t *data, ptrdiff_t pixels)
{
    uint8_t all = 255;
    for (ptrdiff_t i = 0; i < pixels; i++)
        all &= data[4 * i + 3];
    if (all != 255)
        return -1;
    for (ptrdiff_t i = 0; i < pixels; i++) {
        data[3 * i] = data[4 * i];
        data[3 * i + 1] = data[4 * i + 1];
        data[3 * i + 2] = data[4 * i + 2];
    }
    return 0;
}

/* The sum of the bytes' distances to zero, 255 counting as -1: the usual guess at how well a filtered row compresses. */
static long weight(const uint8_t *bytes, ptrdiff_t count)
{
    long sum = 0;
    ptrdiff_t i = 0;
#if defined(__SSE2__)
    __m128i sums = _mm_setzero_si128();
    for (; i + 16 <= count; i += 16) {
        const __m128i x = _mm_loadu_si128((const __m128i *)(bytes + i));
        const __m128i distance = _mm_min_epu8(x, _mm_sub_epi8(_mm_setzero_si128(), x));
        sums = _mm_add_epi64(sums, _mm_sad_epu8(distance, _mm_setzero_si128()));
    }
    sum = (long)_mm_cvtsi128_si64(sums) + (long)_mm_cvtsi128_si64(_mm_srli_si128(sums, 8));
#endif
    for (; i < count; i++) {
        int value = (int8_t)bytes[i];
        sum += value < 0 ? -value : value;
    }
    return sum;
}

/* Filter `rows` rows of RGB of `row` bytes, `stride` bytes apart, for compression: each behind its filter byte in `out`.
 *
 * Per row the difference to the row above (Up) or to the left (Sub), whichever is smaller. `above` is the row before the
 * first one, or NULL at the top of the picture.
 */
int cc_filter(const uint8_t *picture, ptrdiff_t stride, ptrdiff_t rows, ptrdiff_t row, const uint8_t *above, uint8_t *out)
{
    uint8_t *other = malloc((size_t)row);
    if (!other)
        return -1;
    for (ptrdiff_t y = 0; y < rows; y++) {
        const uint8_t *here = picture + y * stride;
        uint8_t *target = out + y * (row + 1);
        if (above && !memcmp(here, above, (size_t)row)) {
            target[0] = 2;
            memset(target + 1, 0, (size_t)row);
            above = here;
            continue;
        }
        target[0] = 1;
        memcpy(target + 1, here, 3);
        for (ptrdiff_t i = 3; i < row; i++)
            target[i + 1] = (uint8_t)(here[i] - here[i - 3]);
        if (above) {
            for (ptrdiff_t i = 0; i < row; i++)
                other[i] = (uint8_t)(here[i] - above[i]);
            if (weight(other, row) <= weight(target + 1, row)) {
                target[0] = 2;
                memcpy(target + 1, other, (size_t)row);
            }
        }
        above = here;
    }
    free(other);
    return 0;
}
