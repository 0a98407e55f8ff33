#pragma once
// SHA256_Init and its kin are a plain struct and no call of the library's allocator, unlike EVP, for which they are
// deprecated.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>
