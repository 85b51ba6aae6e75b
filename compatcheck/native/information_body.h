/* The inner loops of IW-SSIM for one vector width. Included once per instruction set by information.c, which defines VL
 * (doubles to a vector) and NAME(x) (the name with the instruction set's suffix). Loops without vectors in them are written
 * so that compilers make some.
 */

typedef double NAME(vector) __attribute__((vector_size(VL * 8)));
typedef double NAME(unaligned) __attribute__((vector_size(VL * 8), aligned(8), may_alias));
typedef int64_t NAME(integers) __attribute__((vector_size(VL * 8)));

#define V NAME(vector)
#define I NAME(integers)
#define LOAD(place) ((V) * (const NAME(unaligned) *)(place))
#define STORE(place, value) (*(NAME(unaligned) *)(place) = (value))
#define CHOOSE(mask, yes, no) ((V)(((mask) & (I)(yes)) | (~(mask) & (I)(no))))

/* One row of the next coarser scale: 1 4 6 4 1 down and across, over 128. `down` has room for 2 samples more on both sides. */
#define LOWER(kind, type)                                                                                                     \
    static void NAME(lower_##kind)(const type *const *near, long columns, float *down, float *out)                            \
    {                                                                                                                         \
        const type *a = near[0], *b = near[1], *c = near[2], *d = near[3], *e = near[4];                                      \
        for (long x = 0; x < columns; x++)                                                                                    \
            down[x] = ((float)a[x] + (float)e[x]) + 4 * ((float)b[x] + (float)d[x]) + 6 * (float)c[x];                        \
        for (long x = 1; x <= 2; x++) {                                                                                       \
            down[-x] = down[mirrored(-x, columns)];                                                                           \
            down[columns - 1 + x] = down[mirrored(columns - 1 + x, columns)];                                                 \
        }                                                                                                                     \
        for (long x = 0; x < (columns + 1) / 2; x++) {                                                                        \
            const float *at = down + 2 * x;                                                                                   \
            out[x] = ((at[-2] + at[2]) + 4 * (at[-1] + at[1]) + 6 * at[0]) * (1.0f / 128);                                    \
        }                                                                                                                     \
    }
LOWER(u8, uint8_t)
LOWER(f32, float)

/* A coarser scale's rows filtered down the page, for a row of the finer one between two of them or on one. */
static void NAME(raise)(const float *const *near, int between, long left, long count, double *out)
{
    const float *a = near[0] + left, *b = near[1] + left, *c = near[2] + left;
    if (between)
        for (long x = 0; x < count; x++)
            out[x] = 4 * ((double)a[x] + (double)b[x]);
    else
        for (long x = 0; x < count; x++)
            out[x] = (double)a[x] + 6 * (double)b[x] + (double)c[x];
}

#define SUBTRACT(kind, type)                                                                                                  \
    static void NAME(subtract_##kind)(const type *fine, const double *up, long count, double *out)                            \
    {                                                                                                                         \
        for (long x = 0; x < count; x++)                                                                                      \
            out[x] = (double)fine[x] - up[x];                                                                                 \
    }
SUBTRACT(u8, uint8_t)
SUBTRACT(f32, float)

/* the first `left` lanes, zero in the others */
static inline V NAME(first)(V value, long left)
{
    for (int i = 0; i < VL; i++)
        value[i] = i < left ? value[i] : 0.0;
    return value;
}

/* A place's neighbours: three rows of three, and the parent. */
#define NEIGHBOURS(rows, parent, x)                                                                                           \
    {LOAD(rows[0] + (x)), LOAD(rows[0] + (x) + 1), LOAD(rows[0] + (x) + 2), LOAD(rows[1] + (x)), LOAD(rows[1] + (x) + 1),      \
     LOAD(rows[1] + (x) + 2), LOAD(rows[2] + (x)), LOAD(rows[2] + (x) + 1), LOAD(rows[2] + (x) + 2), LOAD((parent) + (x))}

/* Add the products of every two neighbours of `count` places to `sums`, which has LANES doubles for each. */
#define MULTIPLY(low, high)                                                                                                   \
    do {                                                                                                                      \
        V total[PRODUCTS];                                                                                                    \
        _Pragma("GCC unroll 64") for (int k = START(low); k < START(high); k++) total[k] = LOAD(sums + k * LANES);            \
        for (long x = 0; x < count; x += VL) {                                                                                \
            V near[SIZE] = NEIGHBOURS(rows, rows[3], x);                                                                      \
            if (count - x < VL)                                                                                               \
                for (int i = low; i < SIZE; i++)                                                                              \
                    near[i] = NAME(first)(near[i], count - x);                                                                \
            int k = START(low);                                                                                               \
            _Pragma("GCC unroll 16") for (int i = low; i < high; i++)                                                         \
            {                                                                                                                 \
                _Pragma("GCC unroll 16") for (int n = i; n < SIZE; n++) total[k++] += near[i] * near[n];                      \
            }                                                                                                                 \
        }                                                                                                                     \
        _Pragma("GCC unroll 64") for (int k = START(low); k < START(high); k++) STORE(sums + k * LANES, total[k]);            \
    } while (0)
#define START(i) ((i) * SIZE - (i) * ((i) - 1) / 2)

static void NAME(multiply)(const double *const *rows, long count, double *sums)
{
    MULTIPLY(0, 3); /* two halves, so that the sums stay in registers */
    MULTIPLY(3, 10);
}

/* eleven taps, symmetric */
#define TAPS(x0, x1, x2, x3, x4, x5, x6, x7, x8, x9, x10)                                                                      \
    ((x5) * w5 + ((x4) + (x6)) * w4 + ((x3) + (x7)) * w3 + ((x2) + (x8)) * w2 + ((x1) + (x9)) * w1 + ((x0) + (x10)) * w0)
#define DOWN(rows, r)                                                                                                         \
    TAPS(rows[r], rows[r + 1], rows[r + 2], rows[r + 3], rows[r + 4], rows[r + 5], rows[r + 6], rows[r + 7], rows[r + 8],      \
         rows[r + 9], rows[r + 10])
#define ACROSS(x)                                                                                                             \
    TAPS(LOAD(x), LOAD((x) + 1), LOAD((x) + 2), LOAD((x) + 3), LOAD((x) + 4), LOAD((x) + 5), LOAD((x) + 6), LOAD((x) + 7),     \
         LOAD((x) + 8), LOAD((x) + 9), LOAD((x) + 10))
#define FILTER_ROWS(rows, target)                                                                                             \
    _Pragma("GCC unroll 8") for (int r = 0; r < ROWS; r++) STORE((target) + r * WIDE, DOWN(rows, r))

/* The Gaussian window down the page, of sum, difference and their squares: four planes of ROWS rows of WIDE. */
static void NAME(filter)(const double *const *one, const double *const *two, long count, double *out)
{
    const double w0 = gauss[0], w1 = gauss[1], w2 = gauss[2], w3 = gauss[3], w4 = gauss[4], w5 = gauss[5];
    for (long x = 0; x < count; x += VL, out += VL) {
        V s[ROWS + 10], d[ROWS + 10];
        _Pragma("GCC unroll 18") for (int i = 0; i < ROWS + 10; i++)
        {
            const V a = LOAD(one[i] + x), b = LOAD(two[i] + x);
            s[i] = a + b;
            d[i] = a - b;
        }
        FILTER_ROWS(s, out);
        FILTER_ROWS(d, out + ROWS * WIDE);
        _Pragma("GCC unroll 18") for (int i = 0; i < ROWS + 10; i++)
        {
            s[i] *= s[i];
            d[i] *= d[i];
        }
        FILTER_ROWS(s, out + 2 * ROWS * WIDE);
        FILTER_ROWS(d, out + 3 * ROWS * WIDE);
    }
}

/* The logarithm to base 2 of numbers from 1 on. */
static inline V NAME(bits)(V x)
{
    const I one_half = (I)(V){0} + 0x3fe0000000000000, mantissa = (I)(V){0} + 0x000fffffffffffff;
    I exponent = ((I)x >> 52) + 0x4330000000000000; /* as a double's mantissa: 2^52 + the exponent */
    V scale = (V)exponent - (4503599627370496.0 + 1022);
    V m = (V)(((I)x & mantissa) | one_half); /* 0.5 to 1 */
    const I low = (I)(m < 0.70710678118654752);
    m += CHOOSE(low, m, (V){0});
    scale -= (V)(low & (I)((V){0} + 1.0));
    const V z = (m - 1) / (m + 1), q = z * z;
    V series = q * (1.0 / 15) + (1.0 / 13);
    series = series * q + (1.0 / 11);
    series = series * q + (1.0 / 9);
    series = series * q + (1.0 / 7);
    series = series * q + (1.0 / 5);
    series = series * q + (1.0 / 3);
    return scale + (series * q + 1) * z * 2.8853900817779268; /* 2 / ln 2 */
}

/* Add contrast times information, and information, of `count` windows to `sums`. `planes` is what `filter` made, one row. */
static void NAME(weigh)(const places *at, const double *planes, int count, double *sums)
{
    const double w0 = gauss[0], w1 = gauss[1], w2 = gauss[2], w3 = gauss[3], w4 = gauss[4], w5 = gauss[5];
    V weighted = {0}, weights = {0};
    for (long x = 0; x < count; x += VL) {
        const V near[SIZE] = NEIGHBOURS(at->modelled, at->parent, x);
        V one = {0}, two = {0}, one_one = {0}, two_two = {0}, one_two = {0};
        _Pragma("GCC unroll 9") for (int i = 0; i < 9; i++)
        {
            const V a = near[i], b = LOAD(at->other[i / 3] + x + i % 3);
            one += a;
            two += b;
            one_one += a * a;
            two_two += b * b;
            one_two += a * b;
        }
        one *= 1.0 / 9;
        two *= 1.0 / 9;
        V variance = one_one * (1.0 / 9) - one * one, other = two_two * (1.0 / 9) - two * two;
        const V covariance = one_two * (1.0 / 9) - one * two;
        variance = CHOOSE((I)(variance > 0), variance, (V){0});
        other = CHOOSE((I)(other > 0), other, (V){0});
        const I blank = (I)(variance < TINY), blank_other = (I)(other < TINY);
        V gain = covariance / (variance + TINY), rest = other - gain * covariance;
        gain = CHOOSE(blank | blank_other, (V){0}, gain);
        rest = CHOOSE(blank, other, rest);
        rest = CHOOSE(blank_other, (V){0}, rest);

        V spread = {0};
        int k = 0;
        _Pragma("GCC unroll 10") for (int i = 0; i < SIZE; i++)
        {
            V row = {0};
            _Pragma("GCC unroll 10") for (int n = i; n < SIZE; n++) row += near[n] * at->inverse[k++];
            spread += row * near[i];
        }
        const V base = 1 + rest * (1 / NOISE), factor = (rest + (1 + gain * gain) * NOISE) * spread * (1 / (NOISE * NOISE));
        V product = base + factor * at->values[0];
        for (int i = 1; i < at->count; i++)
            product *= base + factor * at->values[i];
        V information = NAME(bits)(product);
        information = CHOOSE((I)(information < TINY), (V){0}, information);
        if (count - x < VL)
            information = NAME(first)(information, count - x);

        const double *place = planes + x;
        const V mean_s = ACROSS(place), mean_d = ACROSS(place + ROWS * WIDE);
        const V spread_s = ACROSS(place + 2 * ROWS * WIDE) - mean_s * mean_s;
        const V spread_d = ACROSS(place + 3 * ROWS * WIDE) - mean_d * mean_d;
        const V contrast = ((spread_s - spread_d) * 0.5 + C2) / ((spread_s + spread_d) * 0.5 + C2);
        weighted += contrast * information;
        weights += information;
    }
    for (int i = 0; i < VL; i++) {
        sums[0] += weighted[i];
        sums[1] += weights[i];
    }
}

#undef V
#undef I
#undef LOAD
#undef STORE
#undef CHOOSE
#undef LOWER
#undef SUBTRACT
#undef NEIGHBOURS
#undef MULTIPLY
#undef START
#undef TAPS
#undef DOWN
#undef ACROSS
#undef FILTER_ROWS
