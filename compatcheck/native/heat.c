/* Which of its palette's colours every pixel of a heat-map has, as compatcheck/metrics/heatmap.py says it, in one pass. */

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "luma.h"

#define BLOCK 256 /* pixels worked on together */

/* heatmap.py's numbers: degrees of heat (the last stands for itself alone, so it is left out), and the palette's places */
#define DEGREES 25
#define GREY_BITS 6
#define PAGE_BITS 3
#define HOTTEST (DEGREES - 1)
#define FIRST_HOT (1 << GREY_BITS)

/* A pixel without heat is one of the greys; with heat, its degree and less of its grey say the place in the palette. */
static void mix(const uint8_t *page, const float *map, ptrdiff_t count, uint8_t *out)
{
    for (ptrdiff_t i = 0; i < count; i++) {
        float value = map[i] > 0 ? map[i] : 0.0f;
        value = value < 1 ? value : 1.0f;
        int degree = (int)(sqrtf(value) * DEGREES);
        degree = degree < HOTTEST ? degree : HOTTEST;
        out[i] = (uint8_t)(degree ? FIRST_HOT + ((degree - 1) << PAGE_BITS) + (page[i] >> (8 - PAGE_BITS))
                                  : page[i] >> (8 - GREY_BITS));
    }
}

#if X86
__attribute__((target("avx2"))) static inline __m256i degrees_avx2(__m256 values)
{
    values = _mm256_min_ps(_mm256_max_ps(values, _mm256_setzero_ps()), _mm256_set1_ps(1));
    return _mm256_cvttps_epi32(_mm256_mul_ps(_mm256_sqrt_ps(values), _mm256_set1_ps(DEGREES)));
}

__attribute__((target("avx2"))) static void mix_avx2(const uint8_t *page, const float *map, ptrdiff_t count, uint8_t *out)
{
    const __m256 faint = _mm256_set1_ps(0.9f / (DEGREES * DEGREES)); /* a little below the first degree */
    const __m256i in_order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
    ptrdiff_t i = 0;
    for (; i + 32 <= count; i += 32) {
        const __m256i grey = _mm256_loadu_si256((const __m256i *)(page + i));
        const __m256 a = _mm256_loadu_ps(map + i), b = _mm256_loadu_ps(map + i + 8);
        const __m256 c = _mm256_loadu_ps(map + i + 16), d = _mm256_loadu_ps(map + i + 24);
        const __m256 most = _mm256_max_ps(_mm256_max_ps(a, b), _mm256_max_ps(c, d));
        __m256i place = _mm256_and_si256(_mm256_srli_epi16(grey, 8 - GREY_BITS), _mm256_set1_epi8((1 << GREY_BITS) - 1));
        if (_mm256_movemask_ps(_mm256_cmp_ps(most, faint, _CMP_NLT_UQ))) {
            __m256i degree = _mm256_packus_epi16(_mm256_packs_epi32(degrees_avx2(a), degrees_avx2(b)),
                                                 _mm256_packs_epi32(degrees_avx2(c), degrees_avx2(d)));
            degree = _mm256_min_epu8(_mm256_permutevar8x32_epi32(degree, in_order), _mm256_set1_epi8(HOTTEST));
            const __m256i below = _mm256_and_si256(_mm256_srli_epi16(grey, 8 - PAGE_BITS), _mm256_set1_epi8((1 << PAGE_BITS) - 1));
            const __m256i hot = _mm256_add_epi8(_mm256_add_epi8(_mm256_slli_epi16(degree, PAGE_BITS), below),
                                                _mm256_set1_epi8(FIRST_HOT - (1 << PAGE_BITS)));
            place = _mm256_blendv_epi8(hot, place, _mm256_cmpeq_epi8(degree, _mm256_setzero_si256()));
        }
        _mm256_storeu_si256((__m256i *)(out + i), place);
    }
    mix(page + i, map + i, count - i, out + i);
}
#endif

/* The palette's places `out` of `rows` rows of `width` pixels of an RGB picture and of its map, each row behind a zero, as PNG
 * has it: no filter. */
int cc_heat(const uint8_t *picture, const float *map, ptrdiff_t rows, ptrdiff_t width, uint8_t *out)
{
    const to_luma luma = best_to_luma();
    void (*place)(const uint8_t *, const float *, ptrdiff_t, uint8_t *) = mix;
    uint8_t page[BLOCK];
#if X86
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2"))
        place = mix_avx2;
#endif
    for (ptrdiff_t y = 0; y < rows; y++) {
        *out++ = 0;
        for (ptrdiff_t x = 0; x < width; x += BLOCK) {
            const ptrdiff_t count = width - x < BLOCK ? width - x : BLOCK;
            luma(picture, count, page);
            place(page, map, count, out);
            picture += 3 * count;
            map += count;
            out += count;
        }
    }
    return 0;
}
