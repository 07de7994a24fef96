//! JSON Web Tokens: signatures are verified by ring, which TLS uses as well.

use std::sync::Once;

use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{Error, ErrorKind};
use jsonwebtoken::{Algorithm, DecodingKey, DecodingKeyKind, EncodingKey, Validation};
use ring::signature::{ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey};
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// The algorithms of signatures that are accepted. Which one it is, the provider's key says.
pub const ALGORITHMS: [Algorithm; 2] = [Algorithm::RS256, Algorithm::ES256];

static PROVIDER: CryptoProvider =
    CryptoProvider { signer_factory: signer, verifier_factory: verifier, key_utils: KeyUtils::new_unimplemented() };

/// The claims of a token. Times are checked by our own clock.
#[derive(Debug, Deserialize)]
pub struct Claims {
    /// The provider's id of the account.
    pub sub: String,
    /// When the token expires, in seconds.
    pub exp: i64,
    /// When it begins to be valid.
    #[serde(default)]
    pub nbf: Option<i64>,
    /// What the client sent when it asked for the token.
    #[serde(default)]
    pub nonce: Option<String>,
    /// Who asked for it, if it is for several.
    #[serde(default)]
    pub azp: Option<String>,
    /// The e-mail address.
    #[serde(default)]
    pub email: Option<String>,
    /// Whether the provider has verified the address. Only `true` counts.
    #[serde(default)]
    pub email_verified: Option<bool>,
}

/// Verifies the signature, the issuer and the audience of a token.
pub fn verify<T: DeserializeOwned>(
    token: &str,
    key: &DecodingKey,
    algorithm: Algorithm,
    issuer: &str,
    audience: &str,
) -> Result<T, Error> {
    static INSTALLED: Once = Once::new();
    // Somebody else may have installed one; what it verifies is the same.
    INSTALLED.call_once(|| {
        let _ = PROVIDER.install_default();
    });
    let mut validation = Validation::new(algorithm);
    validation.set_issuer(&[issuer]);
    validation.set_audience(&[audience]);
    validation.set_required_spec_claims(&["iss", "aud", "exp", "sub"]);
    validation.validate_exp = false;
    Ok(jsonwebtoken::decode::<T>(token, key, &validation)?.claims)
}

fn signer(_: &Algorithm, _: &EncodingKey) -> Result<Box<dyn JwtSigner>, Error> {
    Err(ErrorKind::InvalidAlgorithm.into())
}

fn verifier(algorithm: &Algorithm, key: &DecodingKey) -> Result<Box<dyn JwtVerifier>, Error> {
    match algorithm {
        Algorithm::RS256 | Algorithm::ES256 => Ok(Box::new(RingVerifier { algorithm: *algorithm, key: key.clone() })),
        _ => Err(ErrorKind::InvalidAlgorithm.into()),
    }
}

struct RingVerifier {
    algorithm: Algorithm,
    key: DecodingKey,
}

impl jsonwebtoken::signature::Verifier<Vec<u8>> for RingVerifier {
    fn verify(&self, message: &[u8], given: &Vec<u8>) -> Result<(), jsonwebtoken::signature::Error> {
        let verified = match (self.algorithm, self.key.kind()) {
            (Algorithm::RS256, DecodingKeyKind::RsaModulusExponent { n, e }) => {
                RsaPublicKeyComponents { n: n.as_slice(), e: e.as_slice() }.verify(
                    &RSA_PKCS1_2048_8192_SHA256,
                    message,
                    given,
                )
            }
            (Algorithm::ES256, DecodingKeyKind::SecretOrDer(point)) => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point.as_slice()).verify(message, given)
            }
            _ => return Err(jsonwebtoken::signature::Error::new()),
        };
        verified.map_err(|_| jsonwebtoken::signature::Error::new())
    }
}

impl JwtVerifier for RingVerifier {
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The public half of a key that nobody has any more, and a token that it signed.
    const MODULUS: &str = "9zNgEsxe_dylAfd4oQ7ODu2shR6sXiC0zDxBHXUtEW77bEfxE55X0cmSsrBnWEcOW4xhX3PWCQYYhTgmMEL_cfly2yU0ieVqyvQsjyrZ3TxRzC\
         dbWNSutAKMAWnfL5b2IFUo3DjUtci-bOVdT-C8ZfQ57azSA5bvAm3f5UW1c0RPeGTTJkauPqJJq7dZt0DJ0Yr9S15Cg-i1SU3Lk6OMEGODb7L5\
         dqLMLYXtJE4UchuiOyJapiBEtJouXeRgsc4CPBcb7HOjMn6KAjBlqFMduBPECOak9-HSZHROkY0phyKR6LeWZbAyOMSeBlBdpSH4-7XyfoWZnE\
         LEogPSdUt8xQ";
    const TOKEN: &str = "eyJhbGciOiAiUlMyNTYiLCAia2lkIjogInJzYSJ9.eyJpc3MiOiAiaHR0cHM6Ly9sb2dpbi5leGFtcGxlLmNvbSIsICJhdWQiOiAidGlkZXBvb\
         2wiLCAic3ViIjogInN1Yi0xIiwgImV4cCI6IDQxMDI0NDQ4MDB9.f49s3bTSfnE_0MK7aRlXYdOf0r4t8YwNbojLoEktlWNOAjUDL2bzw1bu1a\
         5kyh2uj7Zfs9uPfK96UvBpFTtfJw3l4bjfq06PWKqtxkTqSQhFVHSoqGKUjoBo1lo8TPrspNy7wCcgAhzvMtjAxGBOmNGdqIPn3ucaq08AMNVK\
         8-Go8V7J8RL5w_m2EzSmU72K_sP_zGFWG9oYFPyLY4_bputSmvAk9wN-9lLcdZ0potWpEX8s8CKGJPlcG_7evH9n0Nd21Q6XYPBcOaV8ANyR1z\
         dekRyXslKB3mutnqtDBL8gv5XRQmkUjbVb_8zpnOHutAY-15DTXOd_kYTorESyQg";

    #[test]
    fn tokens_of_rsa_keys_are_verified() {
        let jwk = json!({"kty": "RSA", "n": MODULUS, "e": "AQAB", "kid": "rsa"});
        let key = DecodingKey::from_jwk(&serde_json::from_value(jwk).unwrap()).unwrap();
        let verified = |token: &str, issuer: &str| verify::<Claims>(token, &key, Algorithm::RS256, issuer, "tidepool");
        assert_eq!(verified(TOKEN, "https://login.example.com").unwrap().sub, "sub-1");
        assert!(verified(TOKEN, "https://evil.example").is_err());
        let (signed, signature) = TOKEN.rsplit_once('.').unwrap();
        let flipped = if signature.starts_with('A') { "B" } else { "A" };
        assert!(verified(&format!("{signed}.{flipped}{}", &signature[1..]), "https://login.example.com").is_err());
        let es256 = verify::<Claims>(TOKEN, &key, Algorithm::ES256, "https://login.example.com", "tidepool");
        assert!(es256.is_err());
    }
}
