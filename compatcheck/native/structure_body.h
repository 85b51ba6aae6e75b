/* The statistics of SSIM over one run of windows, for one vector width. Included once per instruction set by structure.c,
 * which defines VL (floats to a vector) and NAME(x) (the name with the instruction set's suffix).
 *
 * A run is at most RUN samples wide and ROWS windows high. First down the page, then across: the vertical pass reads each
 * sample once and keeps 18 rows in registers for 8 rows of windows; the horizontal pass reads from a buffer that stays in
 * the first-level cache. s = a + b and d = a - b need four filters instead of five; both are taken relative to a level of
 * the run itself, so that flat parts come out exact in single precision.
 */

typedef float NAME(vector) __attribute__((vector_size(VL * 4)));
typedef float NAME(unaligned) __attribute__((vector_size(VL * 4), aligned(4), may_alias));
typedef double NAME(wide) __attribute__((vector_size(VL * 4)));
typedef float NAME(half) __attribute__((vector_size(VL * 2), aligned(4), may_alias));
typedef int32_t NAME(integers) __attribute__((vector_size(VL * 4)));
typedef int32_t NAME(unaligned_integers) __attribute__((vector_size(VL * 4), aligned(4), may_alias));
typedef uint8_t NAME(bytes) __attribute__((vector_size(VL), aligned(1), may_alias));
typedef uint16_t NAME(words) __attribute__((vector_size(VL * 2), aligned(2), may_alias));

#define V NAME(vector)
#define I NAME(integers)
#define LOAD_INTEGERS(place) (*(const NAME(unaligned_integers) *)(place))
#define LOAD(place) (*(const NAME(unaligned) *)(place))
#define STORE(place, value) (*(NAME(unaligned) *)(place) = (value))

/* eleven taps, symmetric: five additions and six multiplications */
#define TAPS(x0, x1, x2, x3, x4, x5, x6, x7, x8, x9, x10)                                                                      \
    ((x5) * w5 + ((x4) + (x6)) * w4 + ((x3) + (x7)) * w3 + ((x2) + (x8)) * w2 + ((x1) + (x9)) * w1 + ((x0) + (x10)) * w0)

#define DOWN(rows, r)                                                                                                         \
    TAPS(rows[r], rows[r + 1], rows[r + 2], rows[r + 3], rows[r + 4], rows[r + 5], rows[r + 6], rows[r + 7], rows[r + 8],      \
         rows[r + 9], rows[r + 10])

#define ACROSS(x, c)                                                                                                          \
    TAPS(LOAD(x), LOAD((x) + (c)), LOAD((x) + 2 * (c)), LOAD((x) + 3 * (c)), LOAD((x) + 4 * (c)), LOAD((x) + 5 * (c)),         \
         LOAD((x) + 6 * (c)), LOAD((x) + 7 * (c)), LOAD((x) + 8 * (c)), LOAD((x) + 9 * (c)), LOAD((x) + 10 * (c)))

#define FILTER_ROWS(rows, target)                                                                                             \
    do {                                                                                                                      \
        STORE(target, DOWN(rows, 0));                                                                                         \
        STORE(target + WIDE, DOWN(rows, 1));                                                                                  \
        STORE(target + 2 * WIDE, DOWN(rows, 2));                                                                              \
        STORE(target + 3 * WIDE, DOWN(rows, 3));                                                                              \
        STORE(target + 4 * WIDE, DOWN(rows, 4));                                                                              \
        STORE(target + 5 * WIDE, DOWN(rows, 5));                                                                              \
        STORE(target + 6 * WIDE, DOWN(rows, 6));                                                                              \
        STORE(target + 7 * WIDE, DOWN(rows, 7));                                                                              \
    } while (0)

#define VERTICAL(kind, type, convert)                                                                                         \
    static void NAME(vertical_##kind)(const type *const *a, const type *const *b, int count,                                  \
                                      const int32_t *level_s, const int32_t *level_d, int channels, float *out)               \
    {                                                                                                                         \
        const float w0 = taps[0], w1 = taps[1], w2 = taps[2], w3 = taps[3], w4 = taps[4], w5 = taps[5];                       \
        for (int x = 0, phase = 0; x < count; x += VL, phase = (phase + VL) % channels) {                                     \
            V s[ROWS + 10], d[ROWS + 10];                                                                                     \
            const I base_s = LOAD_INTEGERS(level_s + phase), base_d = LOAD_INTEGERS(level_d + phase);                         \
            _Pragma("GCC unroll 18") for (int i = 0; i < ROWS + 10; i++)                                                      \
            {                                                                                                                 \
                I one = convert(a[i] + x), two = convert(b[i] + x);                                                           \
                s[i] = __builtin_convertvector(one + two - base_s, V);                                                        \
                d[i] = __builtin_convertvector(one - two - base_d, V);                                                        \
            }                                                                                                                 \
            FILTER_ROWS(s, out + x);                                                                                          \
            FILTER_ROWS(d, out + PLANE + x);                                                                                  \
            _Pragma("GCC unroll 18") for (int i = 0; i < ROWS + 10; i++)                                                      \
            {                                                                                                                 \
                s[i] *= s[i];                                                                                                 \
                d[i] *= d[i];                                                                                                 \
            }                                                                                                                 \
            FILTER_ROWS(s, out + 2 * PLANE + x);                                                                              \
            FILTER_ROWS(d, out + 3 * PLANE + x);                                                                              \
        }                                                                                                                     \
    }

/* GCC 12 takes vectors of bytes apart when it converts them, so the instructions are named where they are known. */
#if VL == 16
#define FROM_BYTES(place) (I) _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)(place)))
#define FROM_WORDS(place) (I) _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)(place)))
#elif VL == 8
#define FROM_BYTES(place) (I) _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(place)))
#define FROM_WORDS(place) (I) _mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)(place)))
#else
#define FROM_BYTES(place) __builtin_convertvector(*(const NAME(bytes) *)(place), I)
#define FROM_WORDS(place) __builtin_convertvector(*(const NAME(words) *)(place), I)
#endif
VERTICAL(u8, uint8_t, FROM_BYTES)
VERTICAL(u16, uint16_t, FROM_WORDS)

/* Across the page, and the formula. Adds the contrast (and SSIM) of `count` windows of each row to the sums; `ssim`, where
 * wanted, gets every window's value, rows RUN apart. */
#define HORIZONTAL(kind, C)                                                                                                   \
    static void NAME(horizontal_##kind)(const float *in, int rows, int count, const int32_t *level_s, const int32_t *level_d, \
                                        float c1, float c2, double *contrast, double *similarity, float *ssim)                                    \
    {                                                                                                                         \
        const float w0 = taps[0], w1 = taps[1], w2 = taps[2], w3 = taps[3], w4 = taps[4], w5 = taps[5];                       \
        NAME(wide) contrasts = {0}, similarities = {0};                                                                       \
        for (int row = 0; row < rows; row++) {                                                                                \
            const float *x = in + row * WIDE;                                                                                 \
            for (int i = 0, phase = 0; i < count; i += VL, x += VL, phase = (phase + VL) % C) {                               \
                V mean_s = ACROSS(x, C), mean_d = ACROSS(x + PLANE, C);                                                       \
                V spread_s = ACROSS(x + 2 * PLANE, C) - mean_s * mean_s;                                                      \
                V spread_d = ACROSS(x + 3 * PLANE, C) - mean_d * mean_d;                                                      \
                V above = (spread_s - spread_d) * 0.5f + c2, below = (spread_s + spread_d) * 0.5f + c2;                       \
                V value = above / below;                                                                                      \
                const int left = count - i;                                                                                   \
                if (left < VL)                                                                                                \
                    value = NAME(first)(value, left);                                                                         \
                contrasts += NAME(doubled)(value);                                                                            \
                if (similarity) {                                                                                             \
                    mean_s += __builtin_convertvector(LOAD_INTEGERS(level_s + phase), V);                                     \
                    mean_d += __builtin_convertvector(LOAD_INTEGERS(level_d + phase), V);                                     \
                    mean_s *= mean_s;                                                                                         \
                    mean_d *= mean_d;                                                                                         \
                    value *= ((mean_s - mean_d) * 0.5f + c1) / ((mean_s + mean_d) * 0.5f + c1);                               \
                    similarities += NAME(doubled)(value);                                                                     \
                    if (ssim)                                                                                                 \
                        STORE(ssim + row * RUN + i, value);                                                                   \
                }                                                                                                             \
            }                                                                                                                 \
        }                                                                                                                     \
        for (int i = 0; i < VL / 2; i++)                                                                                      \
            *contrast += contrasts[i];                                                                                        \
        if (similarity)                                                                                                       \
            for (int i = 0; i < VL / 2; i++)                                                                                  \
                *similarity += similarities[i];                                                                               \
    }

/* the first `left` lanes, zero in the others */
static inline V NAME(first)(V value, int left)
{
    V kept = {0};
    for (int i = 0; i < VL; i++)
        kept[i] = i < left ? value[i] : 0.0f;
    return kept;
}

/* lanes added in pairs of halves, in double precision */
static inline NAME(wide) NAME(doubled)(V value)
{
    const float *halves = (const float *)&value;
    return __builtin_convertvector(*(const NAME(half) *)halves, NAME(wide)) +
           __builtin_convertvector(*(const NAME(half) *)(halves + VL / 2), NAME(wide));
}

HORIZONTAL(grey, 1)
HORIZONTAL(rgb, 3)

/* The next coarser scale's samples for the pixels `from` to `to`: sums of 2 x 2, an odd last pixel doubled. Written so that
 * compilers use vectors: sums down, sums across at every place, then every second pixel is kept. */
#define HALVE(kind, type)                                                                                                     \
    static void NAME(halve_##kind)(const type *upper, const type *lower, uint16_t *out, long from, long to, long pixels,      \
                                   int channels)                                                                              \
    {                                                                                                                         \
        const long whole = least(to, pixels / 2);                                                                             \
        uint16_t down[2 * BATCH * 3 + 3], across[2 * BATCH * 3 + 4];                                                          \
        for (long x = from; x < whole; x += BATCH) {                                                                          \
            const long count = least(BATCH, whole - x), samples = 2 * count * channels;                                       \
            const type *above = upper + 2 * x * channels, *below = lower + 2 * x * channels;                                  \
            uint16_t *target = out + x * channels;                                                                            \
            for (long i = 0; i < samples; i++)                                                                                \
                down[i] = (uint16_t)(above[i] + below[i]);                                                                    \
            if (channels == 1)                                                                                                \
                for (long i = 0; i < count; i++)                                                                              \
                    target[i] = (uint16_t)(down[2 * i] + down[2 * i + 1]);                                                    \
            else {                                                                                                            \
                for (long i = 0; i < samples - 3; i++)                                                                        \
                    across[i] = (uint16_t)(down[i] + down[i + 3]);                                                            \
                for (long i = 0; i < count - 1; i++) /* eight bytes at once; the next pixel mends the last two */             \
                    memcpy(target + 3 * i, across + 6 * i, 8);                                                                \
                memcpy(target + 3 * (count - 1), across + 6 * (count - 1), 6);                                                \
            }                                                                                                                 \
        }                                                                                                                     \
        if (whole < to)                                                                                                       \
            for (int c = 0; c < channels; c++) {                                                                              \
                const long last = (pixels - 1) * channels + c;                                                                \
                out[whole * channels + c] = (uint16_t)(2 * (upper[last] + lower[last]));                                      \
            }                                                                                                                 \
    }
HALVE(u8, uint8_t)
HALVE(u16, uint16_t)

#undef HALVE
#undef V
#undef I
#undef LOAD_INTEGERS
#undef LOAD
#undef STORE
#undef TAPS
#undef DOWN
#undef ACROSS
#undef FILTER_ROWS
#undef VERTICAL
#undef HORIZONTAL
#undef FROM_BYTES
#undef FROM_WORDS
