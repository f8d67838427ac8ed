#ifndef CVM_EXPORT_H
#define CVM_EXPORT_H

/*
 * Marks a function that TypeScript calls. The shim is built with -fvisibility=hidden, so all other functions stay
 * internal. Exported names begin with cvm_.
 */
#define CVM_EXPORT __attribute__((visibility("default")))

#endif
