/* Bytes of the heap in use: stands in for the C library's allocator, also where the shared library calls it. */
#include <errno.h>
#include <malloc.h>
#include <stdatomic.h>

#include "costs.h"

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);
extern void __libc_free(void *);

static atomic_size_t in_use;

size_t heap_in_use(void) { return atomic_load(&in_use); }

static void *took(void *pointer) {
  if (pointer != NULL) atomic_fetch_add(&in_use, malloc_usable_size(pointer));
  return pointer;
}

static void gives(void *pointer) {
  if (pointer != NULL) atomic_fetch_sub(&in_use, malloc_usable_size(pointer));
}

void *malloc(size_t size) { return took(__libc_malloc(size)); }

void *calloc(size_t count, size_t size) { return took(__libc_calloc(count, size)); }

void *realloc(void *old, size_t size) {
  size_t before = old == NULL ? 0 : malloc_usable_size(old);
  void *pointer = __libc_realloc(old, size);
  if (pointer == NULL && size > 0) return NULL;
  atomic_fetch_sub(&in_use, before);
  return took(pointer);
}

void *memalign(size_t alignment, size_t size) { return took(__libc_memalign(alignment, size)); }

void *aligned_alloc(size_t alignment, size_t size) { return took(__libc_memalign(alignment, size)); }

int posix_memalign(void **out, size_t alignment, size_t size) {
  *out = took(__libc_memalign(alignment, size));
  return *out == NULL ? ENOMEM : 0;
}

void free(void *pointer) {
  gives(pointer);
  __libc_free(pointer);
}
