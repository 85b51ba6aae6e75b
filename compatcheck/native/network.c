/* Convolutions and the distance of features, as compatcheck/metrics/networks.py and perceptual.py define them.
 *
 * 3 x 3 and 5 x 5 layers of stride 1 go through Winograd's minimal filtering on tiles of 6 x 6 pixels (Lavin and Gray, "Fast
 * algorithms for convolutional neural networks", CVPR 2016): a quarter, or a third, of the multiplications. Others are
 * multiplied as patches. Screenshots repeat themselves: a tile whose pixels are those of the tile beside it, above it, or at
 * its place in the other picture has the same outputs to the last bit, so they are copied.
 *
 * A pixel's channels lie side by side. For AVX-512 and AVX2 with GCC's and clang's vector extensions; elsewhere torch's own
 * layers are as fast.
 */

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define GROUP 16  /* channels of a tile that lie side by side once it is ready to be multiplied */
#define PANEL 32  /* output channels whose weights lie side by side */
#define TILES 48  /* tiles worked on at a time: their points stay in the processor's caches */
#define PATCH 384 /* samples of a patch, at most */

typedef struct {
    long rows, columns, into;            /* the input's pixels and channels; rows are padded already, columns are not */
    long out_rows, out_columns, out;     /* the output's */
    int size, pad, relu, winograd;       /* kernel, columns added at both sides, whether negative outputs become 0 */
    long step, reach, across;      /* pixels from tile to tile, pixels that a tile sees, tiles in a row */
    long depth, plane_in, plane_out;     /* products in a sum; floats from a point's plane to the next */
    const float *weights, *bias;
    float *points, *sums;                /* room to work in */
} convolution;

static inline long least(long a, long b) { return a < b ? a : b; }
static inline long most(long a, long b) { return a > b ? a : b; }

#define VL (BYTES / 4) /* floats to a vector */
#define BLOCK (BYTES == 64 ? 12 : 6)
#define ONLY_X86
#define BODY "network_body.h"
#include "each_width.h"

typedef void (*computes)(const convolution *, const float *, const long *, long, float *);
typedef void (*largest)(const float *, long, long, int, float *);
typedef float (*compares)(const float *, const float *, const float *, long);

/* Floats to a vector here; 0 where there is no code for this processor, and nothing else may be called. */
int cc_network_lanes(void)
{
    return vector_bytes() > 16 ? vector_bytes() / 4 : 0;
}

#if X86
#define BEST(name) (cc_network_lanes() == 16 ? name##_avx512 : name##_avx2)
#else
#define BEST(name) NULL
#endif

/* Whether a tile sees the same as one `offset` samples away from it; both lie inside the picture across. */
static int alike(const convolution *c, const float *in, const float *other, long tile, long offset)
{
    const long top = tile / c->across * c->step, left = tile % c->across * c->step - c->pad;
    const long from = most(left, 0), width = least(left + c->reach, c->columns) - from;
    const long rows = least(c->reach, c->rows - top);
    for (long y = 0; y < rows; y++) {
        const long place = ((top + y) * c->columns + from) * c->into;
        if (memcmp(in + place, other + place - offset, (size_t)(width * c->into) * sizeof(float)))
            return 0;
    }
    return 1;
}

/* How far back in the list of tiles one stands that sees the same; 0 when none beside or above does. `first`: no further. */
static long repeated(const convolution *c, const float *in, long tile, long first)
{
    const long x = tile % c->across, left = x * c->step - c->pad, top = tile / c->across * c->step;
    if (left < 0 || left + c->reach > c->columns || top + c->reach > c->rows)
        return 0;
    if (x && left >= c->step && tile - 1 >= first && alike(c, in, in, tile, c->step * c->into))
        return 1;
    if (tile - c->across >= first && alike(c, in, in, tile, c->step * c->columns * c->into))
        return c->across;
    return 0;
}

static void copy(const convolution *c, const float *from, long source, float *out, long tile)
{
    const long side = c->winograd ? c->step : 1, top = tile / c->across * side, left = tile % c->across * side;
    const long above = source / c->across * side, before = source % c->across * side;
    const long down = least(side, c->out_rows - top), over = least(side, c->out_columns - left);
    for (long y = 0; y < down; y++)
        memcpy(out + ((top + y) * c->out_columns + left) * c->out, from + ((above + y) * c->out_columns + before) * c->out,
               (size_t)(over * c->out) * sizeof(float));
}

/* How many floats cc_convolve needs to work in. */
int cc_convolve_room(int planes, ptrdiff_t depth, ptrdiff_t out) { return (int)(planes * (TILES * (depth + out) + 2 * GROUP)); }

/* One layer over one or more pictures of one shape; they lie `in_step` and `out_step` floats apart.
 *
 * `size` x `size` weights with `stride`; `pad` columns of zeros are added at both sides, rows have been added already.
 * `weights` are as metrics/convolution.py packs them, `bias` holds `out` floats, `out` is a multiple of 32, a patch has no more
 * than PATCH samples. `room` holds cc_convolve_room's floats. Tiles of the share `part` of `parts` are computed. Returns 0, or -1 when memory ran out.
 */
int cc_convolve(const float *in, ptrdiff_t pictures, ptrdiff_t in_step, ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t into,
                const float *weights, const float *bias, ptrdiff_t out, int size, int stride, int pad, int relu,
                float *to, ptrdiff_t out_step, float *room, int part, int parts)
{
    convolution c = {.rows = rows, .columns = columns, .into = into, .out = out, .size = size, .pad = pad, .relu = relu};
    c.winograd = stride == 1 && (size == 3 || size == 5) && into % GROUP == 0;
    c.out_rows = (rows - size) / stride + 1;
    c.out_columns = (columns + 2 * pad - size) / stride + 1;
    c.step = c.winograd ? 7 - size : stride;
    c.reach = c.winograd ? 6 : size;
    const long side = c.winograd ? c.step : 1, down = (c.out_rows + side - 1) / side;
    c.across = (c.out_columns + side - 1) / side;
    c.depth = c.winograd ? into : ((long)size * size * into + GROUP - 1) / GROUP * GROUP;
    c.plane_in = TILES * c.depth + GROUP; /* a little more than a power of two: planes must not fall on one cache set */
    c.plane_out = TILES * out + GROUP;
    c.weights = weights;
    c.bias = bias;
    c.points = room;
    c.sums = room + (c.winograd ? 36 : 1) * c.plane_in;
    const long tiles = down * c.across, from = tiles * part / parts, until = tiles * (part + 1) / parts;
    long *source = malloc((size_t)(until - from + 1) * sizeof(long));
    if (!source)
        return -1;
    const computes compute = BEST(compute);
    for (long n = 0; n < pictures; n++) {
        const float *picture = in + n * in_step;
        float *result = to + n * out_step;
        long waiting[TILES], count = 0;
        for (long tile = from; tile < until; tile++) {
            long back = n && alike(&c, picture, in, tile, 0) ? -1 : repeated(&c, picture, tile, from);
            source[tile - from] = back;
            if (back)
                continue;
            waiting[count++] = tile;
            if (count == TILES) {
                compute(&c, picture, waiting, count, result);
                count = 0;
            }
        }
        if (count)
            compute(&c, picture, waiting, count, result);
        for (long tile = from; tile < until; tile++) {
            const long back = source[tile - from];
            if (back < 0)
                copy(&c, to, tile, result, tile);
            else if (back)
                copy(&c, result, tile - back, result, tile);
        }
    }
    free(source);
    return 0;
}

/* The largest of `size` x `size` pixels at every `stride`-th place, for one or more pictures. */
int cc_largest(const float *in, ptrdiff_t pictures, ptrdiff_t in_step, ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t channels,
               int size, int stride, float *to, ptrdiff_t out_step, int part, int parts)
{
    const long down = (rows - size) / stride + 1, across = (columns - size) / stride + 1;
    const largest pool = BEST(largest);
    for (long n = 0; n < pictures; n++)
        for (long y = down * part / parts; y < down * (part + 1) / parts; y++)
            for (long x = 0; x < across; x++)
                pool(in + n * in_step + (y * columns + x) * stride * channels, columns * channels, channels, size,
                     to + n * out_step + (y * across + x) * channels);
    return 0;
}

/* LPIPS's distance at every pixel: features of `channels` samples (a multiple of 16), rows so many floats apart. */
int cc_unlike(const float *first, ptrdiff_t first_step, const float *second, ptrdiff_t second_step, ptrdiff_t rows,
              ptrdiff_t pixels, ptrdiff_t channels, const float *head, float *to, ptrdiff_t step)
{
    const compares compare = BEST(unlike);
    for (long y = 0; y < rows; y++)
        for (long x = 0; x < pixels; x++) {
            const float *a = first + y * first_step + x * channels, *b = second + y * second_step + x * channels;
            to[y * step + x] = memcmp(a, b, (size_t)channels * sizeof(float)) ? compare(a, b, head, channels) : 0;
        }
    return 0;
}
