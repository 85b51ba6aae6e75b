/* The statistics of SSIM over one run of windows, for one vector width. Included once per instruction set by structure.c,
 * which defines VL (floats to a vector) and NAME(x) (the name with the instruction set's suffix).
 *
 * A run is at most RUN samples wide and ROWS windows high. First down the page, then across: the vertical pass reads each
 * sample once and keeps 18 rows in registers for 8 rows of windows. It leaves its result turned on its side, the eight rows
 * of a column side by side, so that the horizontal pass is the same work again, with columns for vectors, and never loads
 * across the border of two cache lines. A vector of 16 holds two columns: one of the run's first half and, as far behind it
 * as `split` says, one of the second; the columns that windows of both halves see are there twice. s = a + b and d = a - b need four filters instead of
 * five; both are taken relative to a level of the run itself, so that flat parts come out exact in single precision.
 */

typedef float NAME(vector) __attribute__((vector_size(VL * 4)));
typedef float NAME(unaligned) __attribute__((vector_size(VL * 4), aligned(4), may_alias));
#define COLUMN (VL == 16 ? 2 * ROWS : ROWS) /* floats to a column of the buffer */
typedef float NAME(column) __attribute__((vector_size(COLUMN * 4)));
typedef int32_t NAME(kept) __attribute__((vector_size(COLUMN * 4)));
typedef float NAME(aliased_column) __attribute__((vector_size(COLUMN * 4), aligned(4), may_alias));
typedef float NAME(half) __attribute__((vector_size(COLUMN * 2), aligned(4), may_alias));
typedef double NAME(wide) __attribute__((vector_size(COLUMN * 4)));
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

/* Turn 8 rows of 8 numbers, `stride` apart, on their side: every column's become neighbours, `step` from column to column. */
static inline void NAME(turn)(const float *in, long stride, float *out, long step)
{
#if VL >= 8
    __m256 r[8], t[8];
    for (int i = 0; i < 8; i++)
        r[i] = _mm256_loadu_ps(in + i * stride);
    for (int i = 0; i < 8; i += 2) {
        t[i] = _mm256_unpacklo_ps(r[i], r[i + 1]);
        t[i + 1] = _mm256_unpackhi_ps(r[i], r[i + 1]);
    }
    for (int i = 0; i < 8; i += 4)
        for (int k = 0; k < 2; k++) {
            r[i + 2 * k] = _mm256_shuffle_ps(t[i + k], t[i + 2 + k], 0x44);
            r[i + 2 * k + 1] = _mm256_shuffle_ps(t[i + k], t[i + 2 + k], 0xee);
        }
    for (int i = 0; i < 4; i++) {
        _mm256_storeu_ps(out + i * step, _mm256_permute2f128_ps(r[i], r[i + 4], 0x20));
        _mm256_storeu_ps(out + (i + 4) * step, _mm256_permute2f128_ps(r[i], r[i + 4], 0x31));
    }
#else
    for (long x = 0; x < 8; x++)
        for (int i = 0; i < 8; i++)
            out[x * step + i] = in[i * stride + x];
#endif
}

/* Put filtered rows, `batch` columns of them from `x` on, where the horizontal pass expects them. */
static inline void NAME(place)(const float *rows, int batch, int x, int split, int reach, float *out)
{
    for (int i = 0; i < batch; i += 8, x += 8) {
        if (x < split + reach)
            NAME(turn)(rows + i, batch, out + x * COLUMN, COLUMN);
        if (x >= split)
            NAME(turn)(rows + i, batch, out + (x - split) * COLUMN + ROWS, COLUMN);
    }
}

#define BATCH_OF_COLUMNS (VL < 8 ? 8 : VL)
#define FILTER_ROWS(rows, plane)                                                                                              \
    do {                                                                                                                      \
        STORE(filtered[plane] + at, DOWN(rows, 0));                                                                           \
        STORE(filtered[plane] + at + BATCH_OF_COLUMNS, DOWN(rows, 1));                                                        \
        STORE(filtered[plane] + at + 2 * BATCH_OF_COLUMNS, DOWN(rows, 2));                                                    \
        STORE(filtered[plane] + at + 3 * BATCH_OF_COLUMNS, DOWN(rows, 3));                                                    \
        STORE(filtered[plane] + at + 4 * BATCH_OF_COLUMNS, DOWN(rows, 4));                                                    \
        STORE(filtered[plane] + at + 5 * BATCH_OF_COLUMNS, DOWN(rows, 5));                                                    \
        STORE(filtered[plane] + at + 6 * BATCH_OF_COLUMNS, DOWN(rows, 6));                                                    \
        STORE(filtered[plane] + at + 7 * BATCH_OF_COLUMNS, DOWN(rows, 7));                                                    \
    } while (0)

#define VERTICAL(kind, type, convert)                                                                                         \
    static void NAME(vertical_##kind)(const type *const *a, const type *const *b, int count, int split,                       \
                                      const int32_t *level_s, const int32_t *level_d, int channels, float *out)               \
    {                                                                                                                         \
        const float w0 = taps[0], w1 = taps[1], w2 = taps[2], w3 = taps[3], w4 = taps[4], w5 = taps[5];                       \
        float filtered[4][ROWS * BATCH_OF_COLUMNS];                                                                           \
        for (int x = 0, phase = 0; x < count; x += VL, phase = (phase + VL) % channels) {                                     \
            const int at = x % BATCH_OF_COLUMNS;                                                                              \
            V s[ROWS + 10], d[ROWS + 10];                                                                                     \
            const I base_s = LOAD_INTEGERS(level_s + phase), base_d = LOAD_INTEGERS(level_d + phase);                         \
            _Pragma("GCC unroll 18") for (int i = 0; i < ROWS + 10; i++)                                                      \
            {                                                                                                                 \
                I one = convert(a[i] + x), two = convert(b[i] + x);                                                           \
                s[i] = __builtin_convertvector(one + two - base_s, V);                                                        \
                d[i] = __builtin_convertvector(one - two - base_d, V);                                                        \
            }                                                                                                                 \
            FILTER_ROWS(s, 0);                                                                                                \
            FILTER_ROWS(d, 1);                                                                                                \
            _Pragma("GCC unroll 18") for (int i = 0; i < ROWS + 10; i++)                                                      \
            {                                                                                                                 \
                s[i] *= s[i];                                                                                                 \
                d[i] *= d[i];                                                                                                 \
            }                                                                                                                 \
            FILTER_ROWS(s, 2);                                                                                                \
            FILTER_ROWS(d, 3);                                                                                                \
            if (at + VL == BATCH_OF_COLUMNS || x + VL >= count)                                                               \
                for (int plane = 0; plane < 4; plane++)                                                                       \
                    NAME(place)(filtered[plane], BATCH_OF_COLUMNS, x - at, split, 10 * channels, out + plane * PLANE);        \
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

/* Four windows side by side: eleven columns each, `step` floats from one to the next, of which they share ten. */
static inline __attribute__((always_inline)) void NAME(across)(const float *x, long step, NAME(column) *out)
{
    const float w0 = taps[0], w1 = taps[1], w2 = taps[2], w3 = taps[3], w4 = taps[4], w5 = taps[5];
    NAME(column) c[14];
    _Pragma("GCC unroll 14") for (int i = 0; i < 14; i++)
        c[i] = *(const NAME(aliased_column) *)(x + i * step);
    _Pragma("GCC unroll 4") for (int i = 0; i < 4; i++)
        out[i] = DOWN(c, i);
}

#define DOUBLED(place) __builtin_convertvector(*(const NAME(half) *)(place), NAME(wide))

/* Across the page, and the formula. Adds the contrast (and SSIM) of `pixels` windows of each of `rows` rows to the sums;
 * `ssim`, where wanted, gets the sum of the channels' SSIM of every window, column by column. */
static inline __attribute__((always_inline)) void NAME(horizontal)(const float *in, int rows, int pixels, int split,
                                                                   const int channels, const int32_t *level_s,
                                                                   const int32_t *level_d, float c1, float c2,
                                                                   double *contrast, double *similarity, float *ssim)
{
    NAME(wide) contrasts[2] = {{0}, {0}}, similarities[2] = {{0}, {0}};
    NAME(kept) all, first;
    for (int i = 0; i < COLUMN; i++) {
        all[i] = -1;
        first[i] = i < ROWS ? -1 : 0;
    }
    const long step = channels * COLUMN;
    const int second = split / channels; /* the pixel where the second half begins */
    for (int c = 0; c < channels; c++) {
        const float base_s = (float)level_s[c], base_d = (float)level_d[c];
        for (int i = 0; i < least(pixels, second); i += 4) {
            const float *x = in + i * step + c * COLUMN;
            NAME(column) mean_s[4], mean_d[4], square_s[4], square_d[4], four[2] = {{0}, {0}};
            NAME(across)(x, step, mean_s);
            NAME(across)(x + PLANE, step, mean_d);
            NAME(across)(x + 2 * PLANE, step, square_s);
            NAME(across)(x + 3 * PLANE, step, square_d);
            _Pragma("GCC unroll 4") for (int k = 0; k < 4; k++)
            {
                const int both = second + i + k < pixels;
                if (i + k >= pixels)
                    break;
                NAME(column) s = mean_s[k], d = mean_d[k];
                const NAME(column) spread_s = square_s[k] - s * s, spread_d = square_d[k] - d * d;
                NAME(column) value = ((spread_s - spread_d) * 0.5f + c2) / ((spread_s + spread_d) * 0.5f + c2);
                value = (NAME(column))((NAME(kept))value & (both ? all : first));
                four[0] += value;
                if (similarity) {
                    s += base_s;
                    d += base_d;
                    s *= s;
                    d *= d;
                    value *= ((s - d) * 0.5f + c1) / ((s + d) * 0.5f + c1);
                    value = (NAME(column))((NAME(kept))value & (both ? all : first));
                    four[1] += value;
                    if (ssim)
                        for (int half = 0; half <= both; half++) {
                            float *place = ssim + (half * second + i + k) * ROWS;
                            for (int r = 0; r < ROWS; r++)
                                place[r] = (c ? place[r] : 0) + value[half * ROWS + r];
                        }
                }
            }
            const float *sums = (const float *)four;
            for (int k = 0; k < 2; k++) {
                contrasts[k] += DOUBLED(sums + COLUMN / 2 * k);
                if (similarity)
                    similarities[k] += DOUBLED(sums + COLUMN + COLUMN / 2 * k);
            }
        }
    }
    for (int i = 0; i < COLUMN; i++)
        if (i % ROWS < rows) {
            *contrast += contrasts[i / (COLUMN / 2)][i % (COLUMN / 2)];
            if (similarity)
                *similarity += similarities[i / (COLUMN / 2)][i % (COLUMN / 2)];
        }
}

#define HORIZONTAL(kind, channels)                                                                                            \
    static void NAME(horizontal_##kind)(const float *in, int rows, int pixels, int split, const int32_t *level_s,             \
                                        const int32_t *level_d, float c1, float c2, double *contrast, double *similarity,     \
                                        float *ssim)                                                                          \
    {                                                                                                                         \
        NAME(horizontal)(in, rows, pixels, split, channels, level_s, level_d, c1, c2, contrast, similarity, ssim);             \
    }
HORIZONTAL(grey, 1)
HORIZONTAL(rgb, 3)

/* 1 - SSIM of `pixels` windows of each of `rows` rows, clipped to 0..1, from the sums over the channels, column by column. */
static void NAME(show)(float *ssim, int rows, int pixels, float share, float *out, long stride)
{
    for (int i = 0; i < pixels; i += ROWS) {
        float turned[ROWS * ROWS], *sums = ssim + i * ROWS;
        for (int k = 0; k < ROWS * ROWS; k++) {
            const float lost = 1.0f - sums[k] * share;
            sums[k] = lost < 0 ? 0 : lost > 1 ? 1 : lost;
        }
        NAME(turn)(sums, ROWS, turned, ROWS);
        const int count = pixels - i < ROWS ? pixels - i : ROWS;
        for (int r = 0; r < rows; r++)
            memcpy(out + r * stride + i, turned + r * ROWS, (size_t)count * sizeof(float));
    }
}

/* The next coarser scale's samples for as many of the pixels `from` to `to` as can be made several at a time; the first pixel
 * that was not. Neighbours' channels are brought together and added; a little more than that is read and written. */
#if VL >= 8
static inline long NAME(halve_rgb_u8)(const uint8_t *upper, const uint8_t *lower, uint16_t *out, long from, long to)
{
    const __m128i pairs = _mm_setr_epi8(0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11, -1, -1, -1, -1), ones = _mm_set1_epi8(1);
    for (; from + 3 <= to; from += 2) {
        const __m128i above = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(upper + 6 * from)), pairs);
        const __m128i below = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(lower + 6 * from)), pairs);
        const __m128i sum = _mm_add_epi16(_mm_maddubs_epi16(above, ones), _mm_maddubs_epi16(below, ones));
        _mm_storeu_si128((__m128i *)(out + 3 * from), sum);
    }
    return from;
}

static inline long NAME(halve_rgb_u16)(const uint16_t *upper, const uint16_t *lower, uint16_t *out, long from, long to)
{
    for (; from + 2 <= to; from++) {
        const __m128i down = _mm_add_epi16(_mm_loadu_si128((const __m128i *)(upper + 6 * from)),
                                           _mm_loadu_si128((const __m128i *)(lower + 6 * from)));
        _mm_storel_epi64((__m128i *)(out + 3 * from), _mm_add_epi16(down, _mm_srli_si128(down, 6)));
    }
    return from;
}
#else
#define halve_rgb_u8_plain(upper, lower, out, from, to) (from)
#define halve_rgb_u16_plain(upper, lower, out, from, to) (from)
#endif

/* The next coarser scale's samples for the pixels `from` to `to`: sums of 2 x 2, an odd last pixel doubled. */
#define HALVE(kind, type)                                                                                                     \
    static void NAME(halve_##kind)(const type *upper, const type *lower, uint16_t *out, long from, long to, long pixels,      \
                                   int channels)                                                                              \
    {                                                                                                                         \
        const long whole = least(to, pixels / 2);                                                                             \
        if (channels == 3) {                                                                                                  \
            from = NAME(halve_rgb_##kind)(upper, lower, out, from, whole);                                                    \
            for (long i = 3 * from; i < 3 * whole; i++) {                                                                     \
                const long k = i + i / 3 * 3;                                                                                 \
                out[i] = (uint16_t)(upper[k] + upper[k + 3] + lower[k] + lower[k + 3]);                                       \
            }                                                                                                                 \
        } else                                                                                                                \
            for (long i = from; i < whole; i++)                                                                               \
                out[i] = (uint16_t)(upper[2 * i] + upper[2 * i + 1] + lower[2 * i] + lower[2 * i + 1]);                       \
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
#undef COLUMN
#undef DOUBLED
#undef BATCH_OF_COLUMNS
#undef FILTER_ROWS
#undef VERTICAL
#undef HORIZONTAL
#undef FROM_BYTES
#undef FROM_WORDS
