/* Kernels of the runtime's tests: void kernel(void *const *, int64_t, int64_t).
 */
#include <stdint.h>

/* y[i] = x[i] + w[i]; total[0] += x[i] for tile i, a row of 4. */
void add_rows(void *const *buffers, int64_t begin, int64_t end) {
  const float *x = buffers[0], *w = buffers[1];
  float *y = buffers[2];
  for (int64_t i = 4 * begin; i < 4 * end; ++i)
    y[i] = x[i] + w[i % 4];
}

/* state[i] += x[i] over one tile. */
void accumulate(void *const *buffers, int64_t begin, int64_t end) {
  const float *x = buffers[0];
  float *state = buffers[1];
  (void)begin, (void)end;
  for (int64_t i = 0; i < 8; ++i)
    state[i] += x[i];
}

/* Streams: out[r][i] = token + 1000 * (position + i) for i < length, else -1;
 * state[r] += tokens. */
void tokens(void *const *buffers, int64_t begin, int64_t end) {
  const int32_t *token = buffers[0];
  const int64_t *position = buffers[1], *length = buffers[2];
  int64_t *state = buffers[3], *out = buffers[4];
  for (int64_t r = begin; r < end; ++r)
    for (int64_t i = 0; i < 4; ++i) {
      int valid = i < length[r];
      out[4 * r + i] = valid ? token[4 * r + i] + 1000 * (position[r] + i) : -1;
      if (valid)
        state[r] += token[4 * r + i];
    }
}
