#pragma once
// SHA256_Init and its kin are a plain struct and no call of the library's allocator, unlike EVP, for which they are
// deprecated.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>

// Macros of macros, which Swift does not see.
static const int EVPSelectPublicKey = EVP_PKEY_PUBLIC_KEY;
static const int EVPSelectKeyPair = EVP_PKEY_KEYPAIR;
