/*
 * A stand-in for NVIDIA's libcuda.so.1 and libnvidia-encode.so.1, for machines that have neither.
 * One library replaces both: load the same file, or links to it, under both names, so that they
 * share their state.
 *
 *     cc -shared -fPIC -o nvenc_standin.so nvenc_standin.c
 *
 * It implements the ABI of NVENC API 11.0 with its own declarations. It checks what the driver
 * checks, and more: version words, reserved fields, that a session is opened on a live context, and
 * that nothing is used after it was closed. standin_violation() returns the first violation.
 *
 * A comma-separated list of key=number, passed to standin_configure() or in the environment
 * variable NVENC_STANDIN when the library is loaded, sets the results of calls:
 *
 *     devices     GPUs present                                     1
 *     init        CUresult of cuInit                               0
 *     count       CUresult of cuDeviceGetCount                     0
 *     context     CUresult of cuDevicePrimaryCtxRetain             0
 *     max         newest NVENC API, major * 10 + minor           130
 *     create      NVENCSTATUS of NvEncodeAPICreateInstance         0
 *     open, open1 NVENCSTATUS of opening a session on GPU 0, on 1  0
 *     half        1: a failed open leaves a handle to destroy      0
 *     h264, hevc  1: every GPU supports the codec                  1
 *     guids       NVENCSTATUS of listing the codecs                0
 */

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_DEVICES = 2, MAX_SESSIONS = 8 };
enum { CUDA_INVALID_VALUE = 1, CUDA_NOT_INITIALIZED = 3, CUDA_NO_DEVICE = 100, CUDA_INVALID_DEVICE = 101 };
enum { ENC_INVALID_DEVICE = 4, ENC_INVALID_PTR = 6, ENC_INVALID_PARAM = 8, ENC_INVALID_CALL = 9, ENC_INVALID_VERSION = 15 };

struct answers {
  int devices, init, count, context, max, create, open, open1, half, h264, hevc, guids;
};
static const struct answers usable = { .devices = 1, .max = 130, .h264 = 1, .hevc = 1 };

static struct answers answers;
static int initialized;
static int retained[MAX_DEVICES]; /* The handle of a context is the address of its entry here. */
static struct session { int open, usable; } sessions[MAX_SESSIONS];
static char violation[256];

static int refuse(int status, const char *what) {
  if (!violation[0]) snprintf(violation, sizeof violation, "%s", what);
  return status;
}

static void *device_handle(int device) { return &retained[device]; }

/* Control */

int standin_configure(const char *list) {
  static const struct { const char *key; size_t offset; } keys[] = {
#define KEY(name) { #name, offsetof(struct answers, name) }
    KEY(devices), KEY(init), KEY(count), KEY(context), KEY(max), KEY(create),
    KEY(open), KEY(open1), KEY(half), KEY(h264), KEY(hevc), KEY(guids),
#undef KEY
  };
  struct answers next = usable;
  while (*list) {
    size_t i, length = strcspn(list, "=");
    for (i = 0; i < sizeof keys / sizeof *keys; i++)
      if (strlen(keys[i].key) == length && !strncmp(keys[i].key, list, length)) break;
    if (i == sizeof keys / sizeof *keys || list[length] != '=') return -1;
    char *end;
    *(int *)((char *)&next + keys[i].offset) = (int)strtol(list + length + 1, &end, 10);
    list = *end == ',' ? end + 1 : end;
    if (end[0] && end[0] != ',') return -1;
  }
  answers = next;
  initialized = 0;
  memset(retained, 0, sizeof retained);
  memset(sessions, 0, sizeof sessions);
  violation[0] = 0;
  return 0;
}

__attribute__((constructor)) static void configure_from_environment(void) {
  const char *list = getenv("NVENC_STANDIN");
  if (standin_configure(list ? list : "")) {
    fprintf(stderr, "nvenc_standin: invalid NVENC_STANDIN=%s\n", list);
    abort();
  }
}

const char *standin_violation(void) { return violation; }

int standin_open_contexts(void) {
  int n = 0;
  for (int i = 0; i < MAX_DEVICES; i++) n += retained[i];
  return n;
}

int standin_open_sessions(void) {
  int n = 0;
  for (int i = 0; i < MAX_SESSIONS; i++) n += sessions[i].open;
  return n;
}

/* libcuda.so.1 */

int cuInit(unsigned flags) {
  if (flags) return refuse(CUDA_INVALID_VALUE, "cuInit: flags are not 0");
  initialized = answers.init == 0;
  return answers.init;
}

int cuGetErrorName(int result, const char **name) {
  static const struct { int result; const char *name; } names[] = {
    { 0, "CUDA_SUCCESS" },
    { 1, "CUDA_ERROR_INVALID_VALUE" },
    { 3, "CUDA_ERROR_NOT_INITIALIZED" },
    { 46, "CUDA_ERROR_DEVICE_UNAVAILABLE" },
    { 100, "CUDA_ERROR_NO_DEVICE" },
    { 101, "CUDA_ERROR_INVALID_DEVICE" },
    { 803, "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH" },
  };
  *name = NULL;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (names[i].result == result) *name = names[i].name;
  return *name ? 0 : CUDA_INVALID_VALUE;
}

int cuDriverGetVersion(int *version) {
  *version = 12040;
  return 0;
}

int cuDeviceGetCount(int *count) {
  if (!initialized) return refuse(CUDA_NOT_INITIALIZED, "cuDeviceGetCount before cuInit");
  *count = answers.devices;
  return answers.count;
}

int cuDeviceGet(int *device, int ordinal) {
  if (!initialized) return refuse(CUDA_NOT_INITIALIZED, "cuDeviceGet before cuInit");
  if (ordinal < 0 || ordinal >= answers.devices) return refuse(CUDA_INVALID_DEVICE, "cuDeviceGet: ordinal");
  *device = ordinal + 40; /* Differs from the ordinal, to detect callers that confuse them. */
  return 0;
}

static int device_index(int device) {
  device -= 40;
  return initialized && device >= 0 && device < answers.devices && device < MAX_DEVICES ? device : -1;
}

int cuDeviceGetName(char *name, int length, int device) {
  int index = device_index(device);
  if (index < 0) return refuse(CUDA_INVALID_DEVICE, "cuDeviceGetName: device");
  snprintf(name, (size_t)length, "Stand-in GPU %d", index);
  return 0;
}

int cuDevicePrimaryCtxRetain(void **context, int device) {
  int index = device_index(device);
  if (index < 0) return refuse(CUDA_INVALID_DEVICE, "cuDevicePrimaryCtxRetain: device");
  if (answers.context) return answers.context;
  retained[index]++;
  *context = device_handle(index);
  return 0;
}

int cuDevicePrimaryCtxRelease_v2(int device) {
  int index = device_index(device);
  if (index < 0) return refuse(CUDA_INVALID_DEVICE, "cuDevicePrimaryCtxRelease: device");
  if (retained[index] == 0) return refuse(CUDA_INVALID_VALUE, "cuDevicePrimaryCtxRelease: not retained");
  if (retained[index] == 1 && standin_open_sessions()) refuse(0, "context released under an open session");
  retained[index]--;
  return 0;
}

/* libnvidia-encode.so.1 */

static const uint32_t API = 11u | 0u << 24;
#define STRUCT_VERSION(revision) (API | (uint32_t)(revision) << 16 | 7u << 28)

struct guid { uint32_t a; uint16_t b, c; uint8_t d[8]; };
static const struct guid AV1 = { 0x0a352289, 0x0aa7, 0x4759, { 0x86, 0x2d, 0x5d, 0x15, 0xcd, 0x16, 0xd2, 0x54 } };
static const struct guid H264 = { 0x6bc82762, 0x4e63, 0x4ca4, { 0xaa, 0x85, 0x1e, 0x50, 0xf3, 0x21, 0xf6, 0xbf } };
static const struct guid HEVC = { 0x790cdc88, 0x4522, 0x4d7b, { 0x94, 0x25, 0xbd, 0xa9, 0x97, 0x5f, 0x76, 0x03 } };

struct open_params {
  uint32_t version, device_type;
  void *device, *reserved;
  uint32_t api_version, reserved1[253];
  void *reserved2[64];
};

/* Indexes of the functions among the 318 pointers of the function list. */
enum { GUID_COUNT = 1, GUIDS = 4, DESTROY = 27, OPEN_EX = 29, KNOWN = 41, POINTERS = 318 };
struct function_list {
  uint32_t version, reserved;
  void *functions[POINTERS];
};

size_t standin_open_params_size(void) { return sizeof(struct open_params); }
size_t standin_function_list_size(void) { return sizeof(struct function_list); }

static struct session *session(void *handle) {
  for (int i = 0; i < MAX_SESSIONS; i++)
    if (handle == &sessions[i] && sessions[i].open) return handle;
  return NULL;
}

static int open_session_ex(struct open_params *params, void **encoder) {
  if (!params || !encoder) return refuse(ENC_INVALID_PTR, "open: null pointer");
  if (params->version != STRUCT_VERSION(1)) return refuse(ENC_INVALID_VERSION, "open: struct version");
  if (params->api_version != API) return refuse(ENC_INVALID_VERSION, "open: api version");
  if (params->device_type != 1) return refuse(ENC_INVALID_PARAM, "open: device type is not CUDA");
  int index = params->device == device_handle(1) ? 1 : 0;
  if (params->device != device_handle(index) || !retained[index])
    return refuse(ENC_INVALID_DEVICE, "open: device is not a live context");
  static const struct open_params zero;
  if (params->reserved || memcmp(params->reserved1, zero.reserved1, sizeof zero.reserved1) ||
      memcmp(params->reserved2, zero.reserved2, sizeof zero.reserved2))
    return refuse(ENC_INVALID_PARAM, "open: reserved fields are not 0");
  int status = index ? answers.open1 : answers.open;
  *encoder = NULL;
  if (status && !answers.half) return status;
  for (int i = 0; i < MAX_SESSIONS; i++) {
    if (sessions[i].open) continue;
    sessions[i].open = 1;
    sessions[i].usable = status == 0;
    *encoder = &sessions[i];
    return status;
  }
  return refuse(10, "open: too many open sessions");
}

static int guid_count(void *encoder, uint32_t *count) {
  struct session *s = session(encoder);
  if (!s || !s->usable) return refuse(ENC_INVALID_CALL, "guid count: no open session");
  *count = 1u + (uint32_t)answers.h264 + (uint32_t)answers.hevc;
  return answers.guids;
}

static int guids(void *encoder, struct guid *list, uint32_t room, uint32_t *count) {
  struct session *s = session(encoder);
  if (!s || !s->usable) return refuse(ENC_INVALID_CALL, "guids: no open session");
  const struct guid *offered[3] = { &AV1 };
  uint32_t n = 1;
  if (answers.hevc) offered[n++] = &HEVC;
  if (answers.h264) offered[n++] = &H264;
  for (*count = 0; *count < n && *count < room; (*count)++) list[*count] = *offered[*count];
  return 0;
}

static int destroy(void *encoder) {
  struct session *s = session(encoder);
  if (!s) return refuse(ENC_INVALID_CALL, "destroy: no open session");
  if (!standin_open_contexts()) refuse(0, "destroy: the context was already released");
  s->open = 0;
  return 0;
}

static int unexpected_call(void) { return refuse(ENC_INVALID_CALL, "an unexpected function was called"); }

int NvEncodeAPIGetMaxSupportedVersion(uint32_t *version) {
  *version = (uint32_t)(answers.max / 10 << 4 | answers.max % 10);
  return 0;
}

int NvEncodeAPICreateInstance(struct function_list *list) {
  if (!list) return refuse(ENC_INVALID_PTR, "create: null pointer");
  if (list->version != STRUCT_VERSION(2)) return refuse(ENC_INVALID_VERSION, "create: struct version");
  if (list->reserved) return refuse(ENC_INVALID_PARAM, "create: reserved field is not 0");
  for (int i = 0; i < POINTERS; i++)
    if (list->functions[i]) return refuse(ENC_INVALID_PARAM, "create: reserved pointers are not 0");
  if (answers.create) return answers.create;
  for (int i = 0; i < KNOWN; i++) list->functions[i] = (void *)unexpected_call;
  list->functions[GUID_COUNT] = (void *)guid_count;
  list->functions[GUIDS] = (void *)guids;
  list->functions[DESTROY] = (void *)destroy;
  list->functions[OPEN_EX] = (void *)open_session_ex;
  return 0;
}
