/* Luma of RGB, for whoever includes it: ITU-R BT.601 in 15 bits, rounded, which are OpenCV's own numbers. */

#ifndef CC_LUMA_H
#define CC_LUMA_H

#include <stddef.h>
#include <stdint.h>

#include "processor.h"

typedef void (*to_luma)(const uint8_t *rgb, ptrdiff_t count, uint8_t *out);

static void to_luma_plain(const uint8_t *rgb, ptrdiff_t count, uint8_t *out)
{
    for (ptrdiff_t i = 0; i < count; i++)
        out[i] = (uint8_t)((9798 * rgb[3 * i] + 19235 * rgb[3 * i + 1] + 3735 * rgb[3 * i + 2] + 16384) >> 15);
}

#if X86
/* The same, whole blocks of pixels at a time: red and green side by side, blue and a rounding one, in 16 bits each. */
__attribute__((target("avx2"))) static void to_luma_avx2(const uint8_t *rgb, ptrdiff_t count, uint8_t *out)
{
    const __m128i red_green = _mm_setr_epi8(0, -1, 1, -1, 3, -1, 4, -1, 6, -1, 7, -1, 9, -1, 10, -1);
    const __m128i blue = _mm_setr_epi8(2, -1, -1, -1, 5, -1, -1, -1, 8, -1, -1, -1, 11, -1, -1, -1);
    const __m128i first = _mm_set1_epi32(19235 << 16 | 9798), second = _mm_set1_epi32(16384 << 16 | 3735);
    const __m128i one = _mm_set1_epi32(1 << 16);
    ptrdiff_t i = 0;
    for (; i + 18 <= count; i += 16) { /* four bytes past the last pixel are read */
        __m128i four[4];
        for (int k = 0; k < 4; k++) {
            const __m128i samples = _mm_loadu_si128((const __m128i *)(rgb + 3 * i + 12 * k));
            four[k] = _mm_srli_epi32(
                _mm_add_epi32(_mm_madd_epi16(_mm_shuffle_epi8(samples, red_green), first),
                              _mm_madd_epi16(_mm_or_si128(_mm_shuffle_epi8(samples, blue), one), second)), 15);
        }
        _mm_storeu_si128((__m128i *)(out + i),
                         _mm_packus_epi16(_mm_packs_epi32(four[0], four[1]), _mm_packs_epi32(four[2], four[3])));
    }
    to_luma_plain(rgb + 3 * i, count - i, out + i);
}
#endif

static to_luma best_to_luma(void)
{
#if X86
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2"))
        return to_luma_avx2;
#endif
    return to_luma_plain;
}

#endif
