/* IW-SSIM's pyramid and sums over one pair of planes, as compatcheck/metrics/information.py defines them, much faster.
 *
 * The Gaussian pyramid is kept (in single precision: its two finest coarser scales are exact there); the Laplacian bands, the
 * parent brought to a band's size and everything else are made row by row, in double precision, in panels that stay in the
 * second-level cache. Where both bands and the parent are zero, as on the blank parts of a page, no place holds any
 * information: nothing is computed there. Flat parts are exactly zero, because the filter's weights are fractions of 128.
 */

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define PANEL 512            /* columns worked on together */
#define ROOM (PANEL + 64)    /* and their surroundings */
#define CHUNK 32             /* columns that are looked at, or skipped, together */
#define CHUNKS (PANEL / CHUNK + 2)
#define ROWS 8               /* rows of places worked on together */
#define RING 24              /* rows of a band that are kept: ROWS + 10 and some */
#define RUN 256              /* windows to a run, at most */
#define WIDE (RUN + 32)      /* and the window's reach, and a vector */
#define SIZE 10              /* 3 x 3 neighbours and the parent */
#define PRODUCTS (SIZE * (SIZE + 1) / 2)
#define LANES 8              /* doubles to the widest vector */

static const double C2 = 58.5225, NOISE = 0.4, TINY = 1e-8;
static const double gauss[6] = {0.0010283800844791101, 0.007598758135239185, 0.036000772128430829,
                                0.10936068950970002, 0.21300553771125369, 0.26601172486179436};

static inline long least(long a, long b) { return a < b ? a : b; }
static inline long most(long a, long b) { return a > b ? a : b; }

/* An index mirrored about the first and the last of `count` places. */
static inline long mirrored(long i, long count)
{
    i = i < 0 ? -i : i;
    return i < count ? i : 2 * (count - 1) - i;
}

/* The place in a coarser scale that stands for the mirrored place `2 * i` of a finer one with `fine` places. */
static inline long mirrored_coarse(long i, long fine) { return mirrored(2 * i, fine) / 2; }

/* what is weighed at one row of places */
typedef struct {
    const double *modelled[3], *other[3], *parent;
    const double *values;  /* SIZE of the model's eigenvalues; one less without a parent */
    const double *inverse; /* PRODUCTS of its inverse: upper triangle, off-diagonal ones twice */
    int count;             /* eigenvalues */
} places;

#define VL (BYTES / 8) /* doubles to a vector */
#define BODY "information_body.h"
#include "each_width.h"

typedef struct {
    void (*lower_u8)(const uint8_t *const *, long, float *, float *);
    void (*lower_f32)(const float *const *, long, float *, float *);
    void (*raise)(const float *const *, int, long, long, double *);
    void (*subtract_u8)(const uint8_t *, const double *, long, double *);
    void (*subtract_f32)(const float *, const double *, long, double *);
    void (*multiply)(const double *const *, long, double *);
    void (*filter)(const double *const *, const double *const *, long, double *);
    void (*weigh)(const places *, const double *, int, double *);
} kernels;

#define KERNELS(suffix)                                                                                                       \
    {                                                                                                                         \
        lower_u8_##suffix, lower_f32_##suffix, raise_##suffix, subtract_u8_##suffix, subtract_f32_##suffix,                   \
            multiply_##suffix, filter_##suffix, weigh_##suffix                                                                \
    }

static kernels best_kernels(void)
{
#if X86
    if (vector_bytes() == 64)
        return (kernels)KERNELS(avx512);
    if (vector_bytes() == 32)
        return (kernels)KERNELS(avx2);
#endif
    return (kernels)KERNELS(plain);
}

/* The rows `from` to `to` of the next coarser scale of a plane of bytes (or of floats): filtered, every second kept. */
int cc_lower(const void *plane, int floats, ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t from, ptrdiff_t to, float *coarse)
{
    const kernels run = best_kernels();
    float *down = malloc((size_t)(columns + 64) * sizeof(float));
    if (!down)
        return -1;
    for (long y = from; y < to; y++) {
        const void *near[5];
        for (int i = 0; i < 5; i++) {
            const long row = mirrored(2 * y + i - 2, rows) * columns;
            near[i] = floats ? (const void *)((const float *)plane + row) : (const uint8_t *)plane + row;
        }
        float *out = coarse + y * ((columns + 1) / 2);
        if (floats)
            run.lower_f32((const float *const *)near, columns, down + 16, out);
        else
            run.lower_u8((const uint8_t *const *)near, columns, down + 16, out);
    }
    free(down);
    return 0;
}

/* ---- bands ---- */

/* one scale of one picture's Laplacian pyramid */
typedef struct {
    const void *fine; /* the Gaussian scale: bytes for the picture, floats for the others */
    int floats;
    long rows, columns;
    const float *coarse; /* the next coarser Gaussian scale */
} band;

/* One row of a band, `count` columns from `left` on; `left` is even. */
static void band_row(const kernels *run, const band *b, long y, long left, long count, double *out)
{
    double down[ROOM], up[ROOM + 8];
    const long coarse_columns = (b->columns + 1) / 2, first = left / 2 - 1, last = (left + count) / 2 + 1;
    const float *near[3];
    for (int i = 0; i < 3; i++) /* an odd row has a neighbour above and one below, an even one itself and two */
        near[i] = b->coarse + mirrored_coarse(y / 2 + i - (y % 2 ? 0 : 1), b->rows) * coarse_columns;
    const long inner_first = most(first, 0), inner_last = least(last + 1, coarse_columns);
    run->raise(near, y % 2 != 0, inner_first, inner_last - inner_first, down + (inner_first - first));
    for (long x = first; x < inner_first; x++)
        down[x - first] = down[mirrored_coarse(x, b->columns) - first];
    for (long x = inner_last; x <= last; x++)
        down[x - first] = down[mirrored_coarse(x, b->columns) - first];
    for (long i = 0; i <= count / 2; i++) {
        up[2 * i] = (down[i] + 6 * down[i + 1] + down[i + 2]) * (1.0 / 128);
        up[2 * i + 1] = (down[i + 1] + down[i + 2]) * (4.0 / 128);
    }
    if (b->floats)
        run->subtract_f32((const float *)b->fine + y * b->columns + left, up, count, out);
    else
        run->subtract_u8((const uint8_t *)b->fine + y * b->columns + left, up, count, out);
}

/* Which chunks of a row hold anything. */
static void look(const double *row, long count, uint8_t *busy)
{
    for (long c = 0; c < CHUNKS; c++) {
        uint64_t any = 0, bits;
        for (long x = c * CHUNK; x < least((c + 1) * CHUNK, count); x++) {
            memcpy(&bits, row + x, 8);
            any |= bits << 1;
        }
        busy[c] = any != 0;
    }
}

typedef struct {
    kernels run;
    band modelled, other, parent; /* `other.fine` and `parent.fine` may be NULL */
    long left, count;             /* the panel */
    long made;                    /* rows of the bands made so far */
    double ring[2][RING][ROOM];
    uint8_t busy[2][RING][CHUNKS];
    double above[ROWS][ROOM]; /* the parent at this band's size, a block's rows */
    uint8_t above_busy[ROWS][CHUNKS];
    long enlarged[2];        /* which of the parent's rows are in `wide` */
    double wide[2][ROOM];    /* rows of the parent, enlarged across */
    long *index;             /* the parent's sample to the left of each column of the band … */
    double *share;           /* … and how much of the next one counts */
    double buffer[4][ROWS][WIDE];
} job;

/* Where place `i` of a band lies among `size` places of its parent: the authors' imenlarge2, which enlarges four times less
 * three by bilinear steps, continues the edges and takes every second sample. */
static void enlarged_place(long i, long size, long *index, double *share)
{
    double place = (2 * i - 0.5) * (double)size / (double)(4 * size - 3) - 0.5;
    place = i == 0 || place < 0 ? 0 : place;
    *index = least((long)place, size - 2);
    *share = place - (double)*index;
    *share = *share > 1 ? 1 : *share;
}

/* The parent's row `row`, enlarged across the panel; the two latest are kept. */
static const double *wide_row(job *j, long row)
{
    double *out = j->wide[row % 2];
    if (j->enlarged[row % 2] == row)
        return out;
    double line[ROOM];
    const long left = j->index[j->left] / 2 * 2, last = j->index[j->left + j->count - 1] + 2;
    band_row(&j->run, &j->parent, row, left, last - left, line);
    for (long x = 0; x < j->count; x++) {
        const double *place = line + (j->index[j->left + x] - left), share = j->share[j->left + x];
        out[x] = place[0] + share * (place[1] - place[0]);
    }
    j->enlarged[row % 2] = row;
    return out;
}

/* Make the bands' rows up to `last`, and the parent's at the rows `first` and on of the block. */
static void make_rows(job *j, long last, long first, int rows)
{
    for (; j->made < last; j->made++)
        for (int p = 0; p < (j->other.fine ? 2 : 1); p++) {
            double *row = j->ring[p][j->made % RING];
            band_row(&j->run, p ? &j->other : &j->modelled, j->made, j->left, j->count, row);
            look(row, j->count, j->busy[p][j->made % RING]);
        }
    for (int r = 0; j->parent.fine && r < rows; r++) {
        long index;
        double share;
        enlarged_place(first + r, j->parent.rows, &index, &share);
        const double *one = wide_row(j, index), *two = wide_row(j, index + 1);
        for (long x = 0; x < j->count; x++)
            j->above[r][x] = one[x] + share * (two[x] - one[x]);
        look(j->above[r], j->count, j->above_busy[r]);
    }
}

static job *new_job(const void *modelled, const void *other, int floats, long rows, long columns, const float *coarse,
                    const float *other_coarse, const float *coarsest)
{
    job *j = calloc(1, sizeof(job));
    if (!j)
        return NULL;
    j->run = best_kernels();
    j->modelled = (band){modelled, floats, rows, columns, coarse};
    j->other = (band){other, floats, rows, columns, other_coarse};
    j->parent = (band){coarsest ? coarse : NULL, 1, (rows + 1) / 2, (columns + 1) / 2, coarsest};
    j->index = malloc((size_t)columns * sizeof(long));
    j->share = malloc((size_t)columns * sizeof(double));
    for (long x = 0; j->index && j->share && x < columns; x++)
        enlarged_place(x, j->parent.columns, j->index + x, j->share + x);
    return j;
}

static void begin_panel(job *j, long left, long count, long first_row)
{
    j->left = left;
    j->count = count;
    j->made = first_row;
    j->enlarged[0] = j->enlarged[1] = -1;
}

static int end_job(job *j)
{
    const int failed = !j->index || !j->share;
    free(j->index);
    free(j->share);
    free(j);
    return failed ? -1 : 0;
}

/* The sums of the products of every two of a place's neighbours: 3 x 3 of its band, and its parent where there is a third
 * scale (`coarsest`). Places whose upper row lies between `from` and `to`; `sums` gets PRODUCTS, an upper triangle by rows. */
int cc_information_products(const void *fine, int floats, ptrdiff_t rows, ptrdiff_t columns, const float *coarse,
                            const float *coarsest, ptrdiff_t from, ptrdiff_t to, double *sums)
{
    job *j = new_job(fine, NULL, floats, rows, columns, coarse, NULL, coarsest);
    if (!j)
        return -1;
    double lanes[PRODUCTS * LANES] = {0};
    for (long left = 0; left < columns - 2 && j->index && j->share; left += PANEL) {
        const long windows = least(PANEL, columns - 2 - left);
        begin_panel(j, left, windows + 2, from);
        for (long y = from; y < to; y += ROWS) {
            const int block = (int)least(ROWS, to - y);
            make_rows(j, y + block + 2, y + 1, block);
            for (int r = 0; r < block; r++)
                for (long c = 0; c * CHUNK < windows; c++) {
                    const double *at[4];
                    int any = j->parent.fine && (j->above_busy[r][c] | j->above_busy[r][c + 1]);
                    for (int i = 0; i < 3; i++) {
                        const long row = (y + r + i) % RING;
                        any |= j->busy[0][row][c] | j->busy[0][row][c + 1];
                        at[i] = j->ring[0][row] + c * CHUNK;
                    }
                    at[3] = j->above[r] + c * CHUNK + 1;
                    if (any)
                        j->run.multiply(at, least(CHUNK, windows - c * CHUNK), lanes);
                }
        }
    }
    for (int i = 0; i < PRODUCTS * LANES; i++)
        sums[i / LANES] += lanes[i];
    return end_job(j);
}

/* The sum of all windows' contrast times their information, and of their information: `sums[0]` and `sums[1]`, added to.
 *
 * The windows whose upper row lies between `from` and `to`; `values` and `inverse` describe the model, see `places`. */
int cc_information_mean(const void *modelled, const void *other, int floats, ptrdiff_t rows, ptrdiff_t columns,
                        const float *coarse, const float *other_coarse, const float *coarsest, const double *values,
                        const double *inverse, ptrdiff_t from, ptrdiff_t to, double *sums)
{
    job *j = new_job(modelled, other, floats, rows, columns, coarse, other_coarse, coarsest);
    if (!j)
        return -1;
    for (long left = 0; left < columns - 10 && j->index && j->share; left += PANEL) {
        const long windows = least(PANEL, columns - 10 - left);
        begin_panel(j, left, windows + 10, from);
        for (long y = from; y < to; y += ROWS) {
            const int block = (int)least(ROWS, to - y);
            make_rows(j, least(y + ROWS + 10, rows), y + 5, block);
            uint8_t active[CHUNKS] = {0};
            for (long c = 0; c * CHUNK < windows; c++) {
                int any = 0;
                for (long row = y + 4; row < y + block + 6; row++)
                    for (int p = 0; p < 2; p++)
                        any |= j->busy[p][row % RING][c] | j->busy[p][row % RING][c + 1];
                for (int r = 0; j->parent.fine && r < block; r++)
                    any |= j->above_busy[r][c] | j->above_busy[r][c + 1];
                active[c] = (uint8_t)any;
            }
            for (long c = 0; c * CHUNK < windows; c++) {
                if (!active[c])
                    continue;
                const long begin = c;
                while (c + 1 - begin < RUN / CHUNK && (c + 1) * CHUNK < windows && active[c + 1])
                    c++;
                const long x = begin * CHUNK, count = least((c + 1) * CHUNK, windows) - x;
                const double *one[ROWS + 10], *two[ROWS + 10];
                for (int i = 0; i < ROWS + 10; i++) {
                    const long row = least(y + i, rows - 1) % RING;
                    one[i] = j->ring[0][row] + x;
                    two[i] = j->ring[1][row] + x;
                }
                j->run.filter(one, two, count + 10, &j->buffer[0][0][0]);
                for (int r = 0; r < block; r++) {
                    places here = {.parent = j->above[r] + x + 5, .values = values, .inverse = inverse,
                                   .count = SIZE - !j->parent.fine};
                    for (int i = 0; i < 3; i++) {
                        here.modelled[i] = one[r + 4 + i] + 4;
                        here.other[i] = two[r + 4 + i] + 4;
                    }
                    j->run.weigh(&here, &j->buffer[0][r][0], (int)count, sums);
                }
            }
        }
    }
    return end_job(j);
}
