/* SSIM's and MS-SSIM's sums over two pictures, as compatcheck/metrics/structure.py defines them, several times faster.
 *
 * Plain C with GCC's and clang's vector extensions; no Python in it (native/__init__.py calls it through ctypes, which lets
 * other threads run). Where an 11 x 11 window is identical on both sides, contrast and SSIM are exactly 1: a map of cells
 * says where the pictures differ, tiles of windows without a difference in reach are counted, not computed, and luma and
 * coarser scales are made only where something looks at them. Scales after the first are sums of 4, 16, 64 and 256
 * samples, exact in 16 bits, and live in rings of 32 rows: memory does not grow with the picture's height.
 */

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ROWS 8           /* windows of a tile, down */
#define REACH 10         /* rows and pixels that a window reaches beyond its first ones */
#define CELL 16          /* pixels of one row that differ or do not: the width of a tile, no less than REACH */
#define RUN 288          /* samples to a run of tiles, at most */
#define WIDE 352         /* RUN + reach of the window (30) + a vector, in floats */
#define PLANE (ROWS * WIDE)
#define RING 32          /* rows kept of a coarser scale */
#define SCALES 5

static const float C1 = 6.5025f, C2 = 58.5225f;
static const float taps[6] = {0.00102838008f, 0.00759875815f, 0.0360007721f, 0.109360688f, 0.213005535f, 0.266011729f};

static inline long least(long a, long b) { return a < b ? a : b; }
static inline long most(long a, long b) { return a > b ? a : b; }

#include "luma.h"

#define VL (BYTES / 4) /* floats to a vector */
#define BODY "structure_body.h"
#include "each_width.h"

typedef void (*vertical_u8)(const uint8_t *const *, const uint8_t *const *, int, int, const int32_t *, const int32_t *, int, float *);
typedef void (*vertical_u16)(const uint16_t *const *, const uint16_t *const *, int, int, const int32_t *, const int32_t *, int, float *);
typedef void (*horizontal)(const float *, int, int, int, const int32_t *, const int32_t *, float, float, double *, double *, float *);
typedef void (*shown)(float *, int, int, float, float *, long);

typedef void (*halve_u8)(const uint8_t *, const uint8_t *, uint16_t *, long, long, long, int);
typedef void (*halve_u16)(const uint16_t *, const uint16_t *, uint16_t *, long, long, long, int);

typedef struct {
    int lanes;
    vertical_u8 down_u8;
    vertical_u16 down_u16;
    horizontal across_grey, across_rgb;
    shown show;
    halve_u8 half_u8;
    halve_u16 half_u16;
} kernels;

#define KERNELS(suffix, width)                                                                                                \
    {                                                                                                                         \
        width, vertical_u8_##suffix, vertical_u16_##suffix, horizontal_grey_##suffix, horizontal_rgb_##suffix,                \
            show_##suffix, halve_u8_##suffix, halve_u16_##suffix                                                                             \
    }

static kernels best_kernels(void)
{
#if X86
    if (vector_bytes() == 64)
        return (kernels)KERNELS(avx512, 16);
    if (vector_bytes() == 32)
        return (kernels)KERNELS(avx2, 8);
#endif
    return (kernels)KERNELS(plain, 4);
}

/* ---- one scale ---- */

typedef struct {
    long rows, pixels;               /* size */
    long samples;                    /* pixels * channels */
    int tile;                        /* samples to a tile: CELL pixels */
    long grid_rows, grid_columns;    /* tiles */
    uint8_t *differs;                /* per row and cell: the pictures differ */
    uint8_t *active, *need;          /* per tile: windows to compute; samples to make */
    uint16_t *ring[2];               /* scales after the first: the last RING rows of each picture … */
    uint8_t *luma[2];                /* the first scale of pictures in grey: the last RING rows of each one's luma */
    const uint16_t *whole;           /* … or all rows of the first picture, made before; NULL when they were not */
    long made;                       /* rows made so far */
    long next;                       /* next row of tiles to compute */
    long last;                       /* first row of tiles not to compute */
    long limit;                      /* rows to make, at most */
    double contrast, similarity;     /* sums over windows */
} scale;

typedef struct {
    const uint8_t *picture[2];
    ptrdiff_t stride[2];
    int channels, depth, scales;     /* channels that are compared; samples to a pixel of the pictures */
    to_luma luma;
    scale scale[SCALES];
    kernels run;
    float *const *maps;              /* 1 - SSIM of each scale's windows, clipped to 0..1; NULL for none */
    int luminance;                   /* SSIM on the first scale too, not on the last one alone */
    float room[4 * PLANE + 16], *buffer; /* the buffer begins where a cache line does */
    float ssim[ROWS * RUN];
    uint16_t edge[2][ROWS + 10][RUN + 96];
} job;

/* Nonzero where `count` bytes differ; inlined with a constant count it is a handful of instructions. */
static inline int unlike(const uint8_t *a, const uint8_t *b, long count)
{
    uint64_t any = 0, one, two;
    long i = 0;
    for (; i + 8 <= count; i += 8) {
        memcpy(&one, a + i, 8);
        memcpy(&two, b + i, 8);
        any |= one ^ two;
    }
    for (; i < count; i++)
        any |= a[i] ^ b[i];
    return any != 0;
}

/* Where the first scale's cells differ. */
static void compare(job *j)
{
    scale *s = &j->scale[0];
    const long whole = s->pixels / CELL, row = s->pixels * j->depth;
    for (long y = s->next * ROWS; y < s->limit; y++) {
        const uint8_t *a = j->picture[0] + y * j->stride[0], *b = j->picture[1] + y * j->stride[1];
        if (!memcmp(a, b, (size_t)row))
            continue;
        uint8_t *differs = s->differs + y * s->grid_columns;
        if (j->depth == 3)
            for (long c = 0; c < whole; c++)
                differs[c] = (uint8_t)unlike(a + c * 3 * CELL, b + c * 3 * CELL, 3 * CELL);
        else
            for (long c = 0; c < whole; c++)
                differs[c] = (uint8_t)unlike(a + c * CELL, b + c * CELL, CELL);
        const long x = whole * CELL * j->depth;
        if (x < row)
            differs[whole] = (uint8_t)unlike(a + x, b + x, row - x);
    }
}

/* A cell of a coarser scale differs where one of the four below it does. */
static void coarsen(const scale *fine, scale *coarse)
{
    for (long y = coarse->next * ROWS; y < coarse->limit; y++) {
        const uint8_t *upper = fine->differs + 2 * y * fine->grid_columns;
        const uint8_t *lower = fine->differs + least(2 * y + 1, fine->rows - 1) * fine->grid_columns;
        uint8_t *differs = coarse->differs + y * coarse->grid_columns;
        const long pairs = fine->grid_columns / 2;
        for (long c = 0; c < pairs; c++)
            differs[c] = (uint8_t)(upper[2 * c] | upper[2 * c + 1] | lower[2 * c] | lower[2 * c + 1]);
        if (fine->grid_columns % 2)
            differs[pairs] = upper[2 * pairs] | lower[2 * pairs];
    }
}

/* Which windows are computed, and which samples that, and the coarser scale, takes. */
static void mark(scale *s, const scale *coarser)
{
    const long columns = s->grid_columns;
    for (long r = s->next; r < s->last && r * ROWS < s->rows - REACH; r++) {
        uint8_t *active = s->active + r * columns;
        for (long y = r * ROWS; y < least(r * ROWS + ROWS + REACH, s->rows); y++)
            for (long c = 0; c < columns; c++)
                active[c] |= s->differs[y * columns + c];
        for (long c = 0; c + 1 < columns; c++)
            active[c] |= active[c + 1];
        for (long i = r; i < least(r + 3, s->grid_rows); i++)
            for (long c = 0; c < columns; c++)
                s->need[i * columns + c] |= active[c] | (c ? active[c - 1] : 0);
    }
    if (coarser)
        for (long r = coarser->next; r * ROWS < coarser->limit; r++)
            for (long c = 0; c < coarser->grid_columns; c++)
                if (coarser->need[r * coarser->grid_columns + c])
                    for (long i = 2 * r; i < least(2 * r + 2, s->grid_rows); i++)
                        for (long k = 2 * c; k < least(2 * c + 2, columns); k++)
                            s->need[i * columns + k] = 1;
}

/* ---- the samples of a scale ---- */

/* A row of the first scale: the picture's own, or its luma. */
static inline const uint8_t *first_row(const job *j, int p, long y)
{
    const scale *s = &j->scale[0];
    return s->luma[p] ? s->luma[p] + (y % RING) * s->samples : j->picture[p] + y * j->stride[p];
}

/* A row of a picture on a scale after the first. */
static inline const uint16_t *row_of(const scale *s, int p, long y)
{
    return !p && s->whole ? s->whole + y * s->samples : s->ring[p] + (y % RING) * s->samples;
}

static void make_row(job *j, int k, long y)
{
    scale *s = &j->scale[k], *fine = s - (k > 0);
    const uint8_t *need = s->need + y / ROWS * s->grid_columns;
    long tile = s->tile / j->channels;
    long upper = 2 * y, lower = least(2 * y + 1, fine->rows - 1);
    for (long c = 0; c < s->grid_columns; c++) {
        if (!need[c])
            continue;
        long from = c * tile;
        while (c + 1 < s->grid_columns && need[c + 1])
            c++;
        long to = least((c + 1) * tile, s->pixels);
        for (int p = 0; !k && p < 2; p++)
            j->luma(j->picture[p] + y * j->stride[p] + 3 * from, to - from, s->luma[p] + (y % RING) * s->samples + from);
        for (int p = s->whole != NULL; k && p < 2; p++) {
            uint16_t *out = s->ring[p] + (y % RING) * s->samples;
            if (k == 1)
                j->run.half_u8(first_row(j, p, upper), first_row(j, p, lower), out, from, to, fine->pixels, j->channels);
            else
                j->run.half_u16(row_of(fine, p, upper), row_of(fine, p, lower), out, from, to, fine->pixels, j->channels);
        }
    }
}

/* ---- windows ---- */

/* One run of windows: `count` samples from `x` on, `rows` rows from `y` on. */
static void run_windows(job *j, int k, long y, int rows, long x, int count)
{
    scale *s = &j->scale[k];
    const int C = j->channels, width = count + 10 * C;
    const int lanes = j->run.lanes, padded = (width + lanes - 1) / lanes * lanes;
    const int split = lanes < 16 ? WIDE : (count / C + 15) / 16 * 8 * C; /* sides of 8 pixels and their multiples */
    const void *a[ROWS + 10], *b[ROWS + 10];
    const size_t size = k ? sizeof(uint16_t) : 1;
    const int spill = x + padded > s->samples; /* a whole vector would read past the row's end */
    for (int i = 0; i < ROWS + 10; i++) {
        long row = least(y + i, s->rows - 1);
        const void *sides[2];
        for (int p = 0; p < 2; p++) {
            const uint8_t *start = k ? (const uint8_t *)row_of(s, p, row) : first_row(j, p, row);
            sides[p] = start + (size_t)x * size;
            if (spill) {
                memcpy(j->edge[p][i], sides[p], (size_t)width * size);
                sides[p] = j->edge[p][i];
            }
        }
        a[i] = sides[0];
        b[i] = sides[1];
    }
    const float unit = (float)(1L << 4 * k); /* samples are sums of 4^k, so squares are 16^k times as large */
    int32_t level_s[3 * 16 + 16], level_d[3 * 16 + 16]; /* one period of the channels and a vector more */
    for (int i = 0, c = 0; i < 3 * 16 + 16; i++, c = c + 1 == C ? 0 : c + 1) {
        int32_t one = k ? ((const uint16_t *)a[0])[c] : ((const uint8_t *)a[0])[c];
        int32_t two = k ? ((const uint16_t *)b[0])[c] : ((const uint8_t *)b[0])[c];
        level_s[i] = one + two;
        level_d[i] = one - two;
    }
    if (k)
        j->run.down_u16((const uint16_t *const *)a, (const uint16_t *const *)b, width, split, level_s, level_d, C, j->buffer);
    else
        j->run.down_u8((const uint8_t *const *)a, (const uint8_t *const *)b, width, split, level_s, level_d, C, j->buffer);
    float *map = j->maps[k];
    const int luminance = k == j->scales - 1 || (k == 0 && j->luminance) || map;
    (C == 1 ? j->run.across_grey : j->run.across_rgb)(j->buffer, rows, count / C, split, level_s, level_d, C1 * unit, C2 * unit,
                                                      &s->contrast, luminance ? &s->similarity : NULL, map ? j->ssim : NULL);
    if (map) /* a window stands at its centre */
        j->run.show(j->ssim, rows, count / C, 1.0f / (float)C, map + (y + 5) * s->pixels + x / C + 5, s->pixels);
}

static void tile_row(job *j, int k, long r)
{
    scale *s = &j->scale[k];
    const long windows = s->samples - 10L * j->channels, y = r * ROWS;
    const int rows = (int)least(ROWS, s->rows - 10 - y);
    const uint8_t *active = s->active + r * s->grid_columns;
    for (long c = 0; c < s->grid_columns && c * s->tile < windows;) {
        long begin = c, run = active[c];
        while (c < s->grid_columns && c * s->tile < windows && active[c] == run && (!run || (c + 1 - begin) * s->tile <= RUN))
            c++;
        long x = begin * s->tile, count = least(c * s->tile, windows) - x;
        if (run)
            run_windows(j, k, y, rows, x, (int)count);
        else {
            s->contrast += (double)count * rows;
            s->similarity += (double)count * rows;
        }
    }
}

/* Make the row `y` of scale k (when it is not the picture itself) and all that becomes possible with it. */
static void advance(job *j, int k, long y)
{
    scale *s = &j->scale[k];
    if (k || s->luma[0])
        make_row(j, k, y);
    s->made = y + 1;
    while (s->next < s->last && s->next * ROWS < s->rows - 10 && s->made >= least(s->next * ROWS + ROWS + 10, s->rows))
        tile_row(j, k, s->next++);
    if (k + 1 < j->scales && (y % 2 || y == s->rows - 1) && y / 2 < j->scale[k + 1].limit)
        advance(j, k + 1, y / 2);
}

/* The sums of SSIM's contrast part, and of SSIM itself on the last scale (on all when `luminance`), over all windows of each
 * scale whose first row lies in the share `part` of `parts` of the picture.
 *
 * Rows are `stride` bytes apart, the `depth` samples of a pixel, 1 or 3, lie side by side; all are compared, or the luma of three
 * with `channels` 1. No side of any scale is below 11.
 * `contrast` and `similarity` hold `scales` doubles that are added to; `similarity` of scales but the last means something
 * only with `luminance` (the first one's) or a map. `maps` holds `scales` pointers, NULL where no map is wanted: 1 - SSIM of
 * each window, mean of the channels, clipped to 0..1, at the window's centre in a plane of the scale's size. Parts without
 * a difference and the border of 5 samples are left as they are, so pass zeros. `whole`: what cc_scales made of the first
 * picture, or NULL. Returns 0, or -1 when memory ran out.
 */
int cc_structure(const uint8_t *first, const uint8_t *second, ptrdiff_t first_stride, ptrdiff_t second_stride, ptrdiff_t rows,
                 ptrdiff_t pixels, int depth, int channels, int scales, int luminance, int part, int parts, double *contrast,
                 double *similarity, float *const *maps, const uint16_t *const *whole)
{
    job *j = calloc(1, sizeof(job));
    if (!j)
        return -1;
    int failed = 0;
    j->picture[0] = first;
    j->picture[1] = second;
    j->stride[0] = first_stride;
    j->stride[1] = second_stride;
    j->channels = channels;
    j->depth = depth;
    j->luma = best_to_luma();
    j->scales = scales;
    j->maps = maps;
    j->luminance = luminance;
    j->run = best_kernels();
    j->buffer = j->room + (64 - (uintptr_t)j->room % 64) % 64 / sizeof(float);
    const long step = 16, tiles = (rows + ROWS - 1) / ROWS; /* tile rows of the first scale to one of the fifth */
    const long from = (tiles * part / parts + step / 2) / step * step;
    const long to = part + 1 == parts ? tiles : (tiles * (part + 1) / parts + step / 2) / step * step;
    for (int k = 0; k < scales; k++) {
        scale *s = &j->scale[k];
        s->rows = k ? (j->scale[k - 1].rows + 1) / 2 : rows;
        s->pixels = k ? (j->scale[k - 1].pixels + 1) / 2 : pixels;
        s->samples = s->pixels * channels;
        s->tile = CELL * channels;
        s->grid_rows = (s->rows + ROWS - 1) / ROWS;
        s->grid_columns = (s->samples + s->tile - 1) / s->tile;
        const size_t cells = (size_t)(s->rows * s->grid_columns), tiles_ = (size_t)(s->grid_rows * s->grid_columns);
        s->differs = calloc(1, cells + 2 * tiles_);
        s->active = s->differs + cells;
        s->need = s->active + tiles_;
        failed |= !s->differs;
        s->whole = k && whole ? whole[k] : NULL;
        for (int p = 0; !k && depth != channels && p < 2; p++) {
            s->luma[p] = malloc((size_t)(RING * s->samples));
            failed |= !s->luma[p];
        }
        for (int p = s->whole != NULL; k && p < 2; p++) {
            s->ring[p] = malloc((size_t)(RING * s->samples) * sizeof(uint16_t));
            failed |= !s->ring[p];
        }
        s->next = from >> k;
        s->last = part + 1 == parts ? s->grid_rows : to >> k;
    }
    for (int k = scales - 1; k >= 0; k--) {
        scale *s = &j->scale[k];
        s->limit = least(s->rows, s->last * ROWS + 10);
        if (k + 1 < scales)
            s->limit = least(s->rows, most(s->limit, 2 * j->scale[k + 1].limit));
    }
    if (!failed && from < to) {
        compare(j);
        for (int k = 1; k < scales; k++)
            coarsen(&j->scale[k - 1], &j->scale[k]);
        for (int k = scales - 1; k >= 0; k--)
            mark(&j->scale[k], k + 1 < scales ? &j->scale[k + 1] : NULL);
        for (long y = from * ROWS; y < j->scale[0].limit; y++)
            advance(j, 0, y);
    }
    for (int k = 0; k < scales; k++) {
        contrast[k] += j->scale[k].contrast;
        similarity[k] += j->scale[k].similarity;
        free(j->scale[k].differs);
        free(j->scale[k].luma[0]);
        free(j->scale[k].luma[1]);
        free(j->scale[k].ring[0]);
        free(j->scale[k].ring[1]);
    }
    free(j);
    return failed ? -1 : 0;
}

/* A picture's scales after the first, for all its candidates: `whole` holds `scales` pointers, the first of them unused, to
 * planes of the scales' sizes, which get the sums of 4, 16, 64 and 256 samples that cc_structure would make. */
int cc_scales(const uint8_t *picture, ptrdiff_t stride, ptrdiff_t rows, ptrdiff_t pixels, int channels, int scales,
              uint16_t *const *whole)
{
    const kernels run = best_kernels();
    for (int k = 1; k < scales; k++) {
        const long next = (rows + 1) / 2, half = (pixels + 1) / 2;
        for (long y = 0; y < next; y++) {
            const long upper = 2 * y, lower = least(2 * y + 1, rows - 1);
            uint16_t *out = whole[k] + y * half * channels;
            if (k == 1)
                run.half_u8(picture + upper * stride, picture + lower * stride, out, 0, half, pixels, channels);
            else
                run.half_u16(whole[k - 1] + upper * pixels * channels, whole[k - 1] + lower * pixels * channels, out, 0, half,
                             pixels, channels);
        }
        rows = next;
        pixels = half;
    }
    return 0;
}

/* raised with every change of a function's arguments; native/__init__.py asks for it */
int cc_version(void) { return 8; }
