/* Includes the file BODY once for every width of vectors, with what the compiler must be told around it.
 *
 * There, BYTES is the width, and NAME(x) the name of what is defined, with the instruction set's suffix: _avx512 (64 bytes),
 * _avx2 (32) and _plain (16, compiled for any processor; left out with ONLY_X86).
 */

#include "processor.h"

#if X86
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,fma"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,fma,prefer-vector-width=512")
#endif
#define BYTES 64
#define NAME(x) x##_avx512
#include BODY
#undef BYTES
#undef NAME
#if defined(__clang__)
#pragma clang attribute pop
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#else
#pragma GCC pop_options
#pragma GCC push_options
#pragma GCC target("avx2,fma")
#endif
#define BYTES 32
#define NAME(x) x##_avx2
#include BODY
#undef BYTES
#undef NAME
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif

#ifndef ONLY_X86
#define BYTES 16
#define NAME(x) x##_plain
#include BODY
#undef BYTES
#undef NAME
#endif
