/* What this processor can do, for all files: X86 where its vector instructions can be named, and how wide they are. */

#ifndef CC_PROCESSOR_H
#define CC_PROCESSOR_H

#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))
#define X86 1
#include <immintrin.h>
#endif

/* Bytes to a vector: 64 with AVX-512, 32 with AVX2, else 16; the code for it is each_width.h's. */
static inline int vector_bytes(void)
{
#if X86
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl"))
        return 64;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return 32;
#endif
    return 16;
}

#endif
