/* The arithmetic of a network's layers, for one vector width. Included once per instruction set by network.c, which defines
 * VL (floats to a vector), BLOCK (tiles multiplied at a time) and NAME(x) (the name with the instruction set's suffix).
 */

typedef float NAME(vector) __attribute__((vector_size(VL * 4)));
typedef float NAME(unaligned) __attribute__((vector_size(VL * 4), aligned(4), may_alias));

#define V NAME(vector)
#define LOAD(place) (*(const NAME(unaligned) *)(place))
#define STORE(place, value) (*(NAME(unaligned) *)(place) = (value))

/* One line of six samples to the six points 0, 1, -1, 2, -2 and infinity (the transpose of Lavin and Gray's B). */
#define TO_POINTS(x0, x1, x2, x3, x4, x5, y)                                                                                   \
    do {                                                                                                                      \
        const V even = (x4) - 4 * (x2), odd = (x3) - 4 * (x1), near = (x4) - (x2), far = 2 * ((x3) - (x1));                   \
        (y)[0] = 4 * (x0) - 5 * (x2) + (x4);                                                                                  \
        (y)[1] = even + odd;                                                                                                  \
        (y)[2] = even - odd;                                                                                                  \
        (y)[3] = near + far;                                                                                                  \
        (y)[4] = near - far;                                                                                                  \
        (y)[5] = 4 * (x1) - 5 * (x3) + (x5);                                                                                  \
    } while (0)

/* A tile's 6 x 6 pixels to 36 points, for all channels; what lies outside of the picture is 0. */
static void NAME(points)(const convolution *c, const float *in, long tile, float *to)
{
    const long top = tile / c->across * c->step, left = tile % c->across * c->step - c->pad;
    const float *place[36];
    for (int i = 0; i < 36; i++) {
        const long y = top + i / 6, x = left + i % 6;
        place[i] = y < c->rows && x >= 0 && x < c->columns ? in + (y * c->columns + x) * c->into : NULL;
    }
    for (long channel = 0; channel < c->into; channel += VL) {
        V line[36];
        for (int i = 0; i < 6; i++) {
            V x[6];
            for (int k = 0; k < 6; k++)
                x[k] = place[6 * i + k] ? (V)LOAD(place[6 * i + k] + channel) : (V){0};
            TO_POINTS(x[0], x[1], x[2], x[3], x[4], x[5], line + 6 * i);
        }
        float *at = to + channel / GROUP * (BLOCK * GROUP) + channel % GROUP;
        for (int k = 0; k < 6; k++) {
            V y[6];
            TO_POINTS(line[k], line[6 + k], line[12 + k], line[18 + k], line[24 + k], line[30 + k], y);
            for (int i = 0; i < 6; i++)
                STORE(at + (6 * i + k) * c->plane_in, y[i]);
        }
    }
}

/* A tile's pixels as they are, one after the other: what a layer with a large stride multiplies with. */
static void NAME(patch)(const convolution *c, const float *in, long tile, float *to)
{
    const long top = tile / c->across * c->step, left = tile % c->across * c->step - c->pad;
    float line[PATCH] = {0};
    const long from = most(left, 0), until = least(left + c->size, c->columns);
    for (int i = 0; i < c->size; i++)
        memcpy(line + (i * c->size + from - left) * c->into, in + ((top + i) * c->columns + from) * c->into,
               (size_t)((until - from) * c->into) * sizeof(float));
    for (long k = 0; k < c->depth; k += VL)
        STORE(to + k / GROUP * (BLOCK * GROUP) + k % GROUP, LOAD(line + k));
}

/* BLOCK rows of `a` by the columns of one panel of `b`: the sums stay in registers. */
static void NAME(multiply)(const float *a, const float *b, long depth, float *to, long stride)
{
    for (int half = 0; half < PANEL; half += 2 * VL) {
        V low[BLOCK], high[BLOCK];
        for (int r = 0; r < BLOCK; r++)
            low[r] = high[r] = (V){0};
        const float *column = b + half;
        for (long k = 0; k < depth; k += GROUP) {
            const float *group = a + k * BLOCK;
            for (int i = 0; i < GROUP; i++, column += PANEL) {
                const V first = LOAD(column), second = LOAD(column + VL);
                _Pragma("GCC unroll 12") for (int r = 0; r < BLOCK; r++)
                {
                    const V value = group[r * GROUP + i] - (V){0};
                    low[r] += value * first;
                    high[r] += value * second;
                }
            }
        }
        for (int r = 0; r < BLOCK; r++) {
            STORE(to + r * stride + half, low[r]);
            STORE(to + r * stride + half + VL, high[r]);
        }
    }
}

static inline V NAME(closed)(V value, int relu)
{
    return relu ? (V)((value > 0) & (__typeof__(value > 0))value) : value;
}

/* Back from 36 points to the tile's outputs: 4 x 4 of them for a 3 x 3 layer, 2 x 2 for a 5 x 5 one. */
static void NAME(outputs)(const convolution *c, const float *from, long tile, float *out)
{
    const int side = c->step;
    const long top = tile / c->across * side, left = tile % c->across * side;
    const long down = least(side, c->out_rows - top), over = least(side, c->out_columns - left);
    for (long channel = 0; channel < c->out; channel += VL) {
        V line[24];
        for (int k = 0; k < 6; k++) {
            V x[6];
            for (int i = 0; i < 6; i++)
                x[i] = LOAD(from + (6 * i + k) * c->plane_out + channel);
            const V near = x[1] + x[2], far = x[3] + x[4], turn = x[1] - x[2], wide = x[3] - x[4];
            line[k] = x[0] + near + far;
            if (side == 2) {
                line[6 + k] = turn + 2 * wide + x[5];
            } else {
                line[6 + k] = turn + 2 * wide;
                line[12 + k] = near + 4 * far;
                line[18 + k] = turn + 8 * wide + x[5];
            }
        }
        const V bias = LOAD(c->bias + channel);
        for (long i = 0; i < down; i++) {
            const V *x = line + 6 * i;
            const V near = x[1] + x[2], far = x[3] + x[4], turn = x[1] - x[2], wide = x[3] - x[4];
            V y[4];
            y[0] = x[0] + near + far;
            if (side == 2) {
                y[1] = turn + 2 * wide + x[5];
            } else {
                y[1] = turn + 2 * wide;
                y[2] = near + 4 * far;
                y[3] = turn + 8 * wide + x[5];
            }
            float *at = out + ((top + i) * c->out_columns + left) * c->out + channel;
            for (long k = 0; k < over; k++)
                STORE(at + k * c->out, NAME(closed)(y[k] + bias, c->relu));
        }
    }
}

static void NAME(pixel)(const convolution *c, const float *from, long tile, float *out)
{
    for (long channel = 0; channel < c->out; channel += VL)
        STORE(out + tile * c->out + channel, NAME(closed)(LOAD(from + channel) + LOAD(c->bias + channel), c->relu));
}

/* The layer's outputs for the tiles listed, at most TILES of them. */
static void NAME(compute)(const convolution *c, const float *in, const long *tiles, long count, float *out)
{
    const int planes = c->winograd ? 36 : 1;
    const long blocks = (count + BLOCK - 1) / BLOCK, rest = blocks * BLOCK - count;
    for (long t = 0; t < count; t++) {
        float *to = c->points + t / BLOCK * (BLOCK * c->depth) + t % BLOCK * GROUP;
        (c->winograd ? NAME(points) : NAME(patch))(c, in, tiles[t], to);
    }
    for (int p = 0; p < planes && rest; p++) /* rows that nobody reads, but that must not be slow numbers */
        for (long k = 0; k < c->depth; k += GROUP)
            memset(c->points + p * c->plane_in + (blocks - 1) * (BLOCK * c->depth) + k * BLOCK + (BLOCK - rest) * GROUP, 0,
                   (size_t)(rest * GROUP) * sizeof(float));
    for (int p = 0; p < planes; p++)
        for (long panel = 0; panel < c->out; panel += PANEL)
            for (long block = 0; block < blocks; block++)
                NAME(multiply)(c->points + p * c->plane_in + block * (BLOCK * c->depth),
                               c->weights + (p * c->out + panel) * c->depth, c->depth,
                               c->sums + p * c->plane_out + block * (BLOCK * c->out) + panel, c->out);
    for (long t = 0; t < count; t++)
        (c->winograd ? NAME(outputs) : NAME(pixel))(c, c->sums + t * c->out, tiles[t], out);
}

/* The largest of size x size pixels, rows so many floats apart. */
static void NAME(largest)(const float *in, long row, long channels, int size, float *restrict to)
{
    memcpy(to, in, (size_t)channels * sizeof(float));
    for (int i = 0; i < size; i++)
        for (int j = !i; j < size; j++) {
            const float *restrict value = in + i * row + j * channels;
            for (long k = 0; k < channels; k++)
                to[k] = value[k] > to[k] ? value[k] : to[k];
        }
}

static inline float NAME(sum)(V value)
{
    float total = 0;
    for (int i = 0; i < VL; i++)
        total += value[i];
    return total;
}

/* The weighted squared difference of two features, each brought to unit length first. */
static float NAME(unlike)(const float *a, const float *b, const float *head, long channels)
{
    V one = {0}, two = {0}, total = {0};
    for (long k = 0; k < channels; k += VL) {
        one += LOAD(a + k) * LOAD(a + k);
        two += LOAD(b + k) * LOAD(b + k);
    }
    const float first = 1 / (sqrtf(NAME(sum)(one)) + 1e-10f), second = 1 / (sqrtf(NAME(sum)(two)) + 1e-10f);
    for (long k = 0; k < channels; k += VL) {
        const V difference = LOAD(a + k) * first - LOAD(b + k) * second;
        total += LOAD(head + k) * difference * difference;
    }
    return NAME(sum)(total);
}

#undef V
#undef LOAD
#undef STORE
#undef TO_POINTS
