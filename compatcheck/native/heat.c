/* A score's map laid over the page, as compatcheck/metrics/heatmap.py does it with OpenCV, in one pass. */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))
#define X86 1
#include <immintrin.h>
#endif

#define BLOCK 256 /* pixels worked on together … */
#define PART 32   /* … and those that are hot or cold together */

static const float FAINT = 0.0019f; /* below it a level is rounded to 0: a little under half of 1/255 */

/* ITU-R BT.601 luma in 15 bits, rounded: OpenCV's own numbers. */
static void to_luma(const uint8_t *rgb, ptrdiff_t count, uint8_t *out)
{
    for (ptrdiff_t i = 0; i < count; i++)
        out[i] = (uint8_t)((9798 * rgb[3 * i] + 19235 * rgb[3 * i + 1] + 3735 * rgb[3 * i + 2] + 16384) >> 15);
}

/* Greys as RGB. */
static void to_rgb(const uint8_t *grey, ptrdiff_t count, uint8_t *out)
{
    for (ptrdiff_t i = 0; i < count; i++)
        out[3 * i] = out[3 * i + 1] = out[3 * i + 2] = grey[i];
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
    to_luma(rgb + 3 * i, count - i, out + i);
}

__attribute__((target("avx2"))) static void to_rgb_avx2(const uint8_t *grey, ptrdiff_t count, uint8_t *out)
{
    const __m128i places[3] = {_mm_setr_epi8(0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 5),
                               _mm_setr_epi8(5, 5, 6, 6, 6, 7, 7, 7, 8, 8, 8, 9, 9, 9, 10, 10),
                               _mm_setr_epi8(10, 11, 11, 11, 12, 12, 12, 13, 13, 13, 14, 14, 14, 15, 15, 15)};
    ptrdiff_t i = 0;
    for (; i + 16 <= count; i += 16)
        for (int k = 0; k < 3; k++)
            _mm_storeu_si128((__m128i *)(out + 3 * i + 16 * k),
                             _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(grey + i)), places[k]));
    to_rgb(grey + i, count - i, out + 3 * i);
}
#endif

typedef void (*convert)(const uint8_t *, ptrdiff_t, uint8_t *);

/* `count` pixels, at most PART, whose `page` is their luma; `colours` has the colour of each level, red in the lowest byte. */
static void lay(uint8_t *page, const float *map, ptrdiff_t count, const uint32_t *colours, const uint8_t *below, uint8_t *out,
                convert grey)
{
    int32_t bits[PART], faint, highest = 0; /* numbers from 0 on are in order as integers, too */
    memcpy(bits, map, (size_t)count * sizeof(float));
    memcpy(&faint, &FAINT, sizeof(float));
    for (ptrdiff_t i = 0; i < count; i++)
        highest = bits[i] > highest ? bits[i] : highest;
    if (highest < faint) { /* no heat here */
        for (ptrdiff_t i = 0; i < count; i++)
            page[i] = below[page[i]];
        grey(page, count, out);
        return;
    }
    for (ptrdiff_t i = 0; i < count; i++) {
        float value = map[i] > 0 ? map[i] : 0.0f;
        value = value < 1 ? value : 1.0f;
        const float shifted = value * 255 + 8388608.0f; /* rounds to the nearest, halves to even */
        memcpy(bits + i, &shifted, sizeof(float));
    }
    for (ptrdiff_t i = 0; i < count; i++) {
        const int level = bits[i] & 255;
        uint32_t colour = colours[level] + 0x010101u * below[256 * level + page[i]];
        for (int c = 0; c < 3; c++, colour >>= 8)
            out[3 * i + c] = (uint8_t)colour;
    }
}

/* The heat-map `out` of `pixels` of an RGB picture and of its map: float32, clipped to 0..1 here.
 *
 * `heat` has the colour of each of 256 levels, `below` what remains of each grey (256 to a row) under each level; the sum of
 * both never passes 255.
 */
int cc_heat(const uint8_t *picture, const float *map, ptrdiff_t pixels, const uint8_t *heat, const uint8_t *below, uint8_t *out)
{
    convert luma = to_luma, grey = to_rgb;
    uint32_t colours[256];
    uint8_t page[BLOCK];
#if X86
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2")) {
        luma = to_luma_avx2;
        grey = to_rgb_avx2;
    }
#endif
    for (int level = 0; level < 256; level++)
        colours[level] = heat[3 * level] | (uint32_t)heat[3 * level + 1] << 8 | (uint32_t)heat[3 * level + 2] << 16;
    for (ptrdiff_t i = 0; i < pixels; i += BLOCK) {
        const ptrdiff_t count = pixels - i < BLOCK ? pixels - i : BLOCK;
        luma(picture + 3 * i, count, page);
        for (ptrdiff_t k = 0; k < count; k += PART)
            lay(page + k, map + i + k, count - k < PART ? count - k : PART, colours, below, out + 3 * (i + k), grey);
    }
    return 0;
}
