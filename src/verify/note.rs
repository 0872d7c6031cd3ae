//! Signed notes: a text with signature lines under it, and the keys that check them.
//!
//! A note is its text (which ends in a newline), a blank line, and one or more lines
//! `— NAME BASE64`, where the base64 holds a four-byte key hash and the signature.
//!
//! Source: golang.org/x/mod/sumdb/note; the one algorithm in use is Ed25519 (RFC 8032).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use base64::engine::{GeneralPurpose, GeneralPurposeConfig};
use ed25519_dalek::{Signature, SigningKey, Verifier as _, VerifyingKey};
use sha2::{Digest as _, Sha256};

/// The byte before an Ed25519 public key that names its algorithm.
const ALGORITHM_ED25519: u8 = 1;

/// A note with more signature lines than this is refused unread.
const MAX_SIGNATURES: usize = 100;

/// What stands before a signature line's name.
const SIGNATURE_PREFIX: &str = "\u{2014} ";

/// Go's base64 decoder insists on padding but not on zero bits before it.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
);

/// Decodes padded base64 as the go command does, which ignores surplus low bits in
/// the last character. `None` where the text is not base64.
pub(super) fn decode_base64(text: &str) -> Option<Vec<u8>> {
    LENIENT.decode(text).ok()
}

/// The four bytes, big endian, by which signature lines name a key:
/// the start of SHA-256 over `NAME`, a newline and the key with its algorithm byte.
fn key_hash(name: &str, key: &[u8]) -> u32 {
    let sum = Sha256::new().chain_update(name).chain_update(b"\n").chain_update(key).finalize();
    u32::from_be_bytes([sum[0], sum[1], sum[2], sum[3]])
}

fn is_valid_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c == '+')
}

/// Why a verifier key `NAME+HASH+BASE64` was refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum InvalidVerifier {
    /// A field is missing, or is not what it should be.
    #[error("malformed verifier id")]
    Malformed,
    /// The key is not an Ed25519 key.
    #[error("unknown verifier algorithm")]
    UnknownAlgorithm,
    /// The hash in the middle is not that of the name and the key.
    #[error("invalid verifier hash")]
    HashMismatch,
}

/// Why a note was refused.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NoteError {
    /// Not a note: control characters, no signature block, or a line in it that is none.
    #[error("malformed note")]
    Malformed,
    /// The expected key has signed something else.
    #[error("invalid signature for key {name}+{hash:08x}")]
    InvalidSignature {
        /// The name in the signature line.
        name: String,
        /// The key hash in the signature line.
        hash: u32,
    },
    /// Every signature is by a key other than the expected one.
    #[error("note has no verifiable signatures")]
    Unverified,
}

/// A public key and the name of the server that signs with it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Verifier {
    name: String,
    hash: u32,
    key: VerifyingKey,
}

impl Verifier {
    /// Reads `NAME+HASH+BASE64`: HASH is eight hexadecimal digits, BASE64 an algorithm
    /// byte and the public key.
    pub fn parse(text: &str) -> Result<Self, InvalidVerifier> {
        let malformed = InvalidVerifier::Malformed;
        let (name, rest) = text.split_once('+').ok_or(malformed)?;
        let (hash, key) = rest.split_once('+').ok_or(malformed)?;
        if !is_valid_name(name) || hash.len() != 8 {
            return Err(malformed);
        }
        let hash = u32::from_str_radix(hash, 16).map_err(|_| malformed)?;
        let key = decode_base64(key).ok_or(malformed)?;
        let (&algorithm, public) = key.split_first().ok_or(malformed)?;
        if hash != key_hash(name, &key) {
            return Err(InvalidVerifier::HashMismatch);
        }
        if algorithm != ALGORITHM_ED25519 {
            return Err(InvalidVerifier::UnknownAlgorithm);
        }
        let public = public.try_into().map_err(|_| malformed)?;
        let key = VerifyingKey::from_bytes(public).map_err(|_| malformed)?;
        Ok(Self { name: name.to_owned(), hash, key })
    }

    /// The server's name: `HOST` or `HOST/PATH`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Opens a note that this key must have signed, and returns its text.
    ///
    /// Signatures by other keys are passed over. Of several by this key the first is
    /// judged, as the go command does.
    pub fn open<'a>(&self, note: &'a [u8]) -> Result<&'a str, NoteError> {
        let note = std::str::from_utf8(note).map_err(|_| NoteError::Malformed)?;
        if note.contains(|c: char| c < ' ' && c != '\n') {
            return Err(NoteError::Malformed);
        }
        let blank = note.rfind("\n\n").ok_or(NoteError::Malformed)?;
        let text = &note[..blank + 1];
        let block = note[blank + 2..].strip_suffix('\n').ok_or(NoteError::Malformed)?;

        let mut signed = false;
        for (number, line) in block.split('\n').enumerate() {
            if number == MAX_SIGNATURES {
                return Err(NoteError::Malformed);
            }
            let line = line.strip_prefix(SIGNATURE_PREFIX).ok_or(NoteError::Malformed)?;
            let (name, encoded) = line.split_once(' ').ok_or(NoteError::Malformed)?;
            let bytes = decode_base64(encoded).ok_or(NoteError::Malformed)?;
            let (hash, signature) = bytes.split_first_chunk().ok_or(NoteError::Malformed)?;
            if !is_valid_name(name) || signature.is_empty() {
                return Err(NoteError::Malformed);
            }
            let hash = u32::from_be_bytes(*hash);
            if signed || name != self.name || hash != self.hash {
                continue;
            }
            let valid = Signature::from_slice(signature)
                .is_ok_and(|signature| self.key.verify(text.as_bytes(), &signature).is_ok());
            if !valid {
                return Err(NoteError::InvalidSignature { name: name.to_owned(), hash });
            }
            signed = true;
        }
        if signed { Ok(text) } else { Err(NoteError::Unverified) }
    }
}

/// Why a text cannot become a note.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SignError {
    /// A server name is one word without a plus sign.
    #[error("invalid signer")]
    Name,
    /// The text of a note ends in a newline.
    #[error("malformed note")]
    Text,
}

/// A private key and the name of its server: what a checksum database signs with.
/// gomod itself only verifies; this serves those who stand up a database to test against.
#[derive(Clone, Debug)]
pub struct Signer {
    name: String,
    key: SigningKey,
}

impl Signer {
    /// The Ed25519 key with the given seed (RFC 8032's private key).
    pub fn from_seed(name: &str, seed: &[u8; 32]) -> Result<Self, SignError> {
        if !is_valid_name(name) {
            return Err(SignError::Name);
        }
        Ok(Self { name: name.to_owned(), key: SigningKey::from_bytes(seed) })
    }

    fn public_key(&self) -> [u8; 33] {
        let mut key = [ALGORITHM_ED25519; 33];
        key[1..].copy_from_slice(self.key.verifying_key().as_bytes());
        key
    }

    /// The verifier key `NAME+HASH+BASE64`, as GOSUMDB takes it.
    pub fn verifier_key(&self) -> String {
        let key = self.public_key();
        format!("{}+{:08x}+{}", self.name, key_hash(&self.name, &key), STANDARD.encode(key))
    }

    /// The signature line for a text, without a newline.
    pub fn signature_line(&self, text: &str) -> String {
        use ed25519_dalek::Signer as _;
        let mut bytes = key_hash(&self.name, &self.public_key()).to_be_bytes().to_vec();
        bytes.extend_from_slice(&self.key.sign(text.as_bytes()).to_bytes());
        format!("{SIGNATURE_PREFIX}{} {}", self.name, STANDARD.encode(bytes))
    }

    /// The note with this signer's signature alone.
    pub fn sign(&self, text: &str) -> Result<String, SignError> {
        if !text.ends_with('\n') {
            return Err(SignError::Text);
        }
        Ok(format!("{text}\n{}\n", self.signature_line(text)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn signer(name: &str, seed: u8) -> Signer {
        Signer::from_seed(name, &[seed; 32]).unwrap()
    }

    fn verifier(signer: &Signer) -> Verifier {
        Verifier::parse(&signer.verifier_key()).unwrap()
    }

    #[test]
    fn verifier_keys() {
        let key = signer("sum.example.com/db", 1).verifier_key();
        assert_eq!(Verifier::parse(&key).unwrap().name(), "sum.example.com/db");

        let (name, rest) = key.split_once('+').unwrap();
        let (hash, base64) = rest.split_once('+').unwrap();
        let mut short = decode_base64(base64).unwrap();
        short.pop();
        let mut foreign = decode_base64(base64).unwrap();
        foreign[0] = 2;
        let with = |bytes: &[u8]| {
            format!("{name}+{:08x}+{}", key_hash(name, bytes), STANDARD.encode(bytes))
        };
        for (text, want) in [
            (String::new(), InvalidVerifier::Malformed),
            (name.to_owned(), InvalidVerifier::Malformed),
            (format!("{name}+{hash}"), InvalidVerifier::Malformed),
            (format!("{name}+{hash}+"), InvalidVerifier::Malformed),
            (format!("+{hash}+{base64}"), InvalidVerifier::Malformed),
            (format!("{name}+{}+{base64}", &hash[1..]), InvalidVerifier::Malformed),
            (format!("{name}++{}+{base64}", &hash[1..]), InvalidVerifier::Malformed),
            (format!("{name}+{hash}+{}", &base64[1..]), InvalidVerifier::Malformed),
            (format!("a b+{hash}+{base64}"), InvalidVerifier::Malformed),
            (format!("{name}\u{a0}x+{hash}+{base64}"), InvalidVerifier::Malformed),
            (format!("other{name}+{hash}+{base64}"), InvalidVerifier::HashMismatch),
            (with(&short), InvalidVerifier::Malformed),
            (with(&foreign), InvalidVerifier::UnknownAlgorithm),
        ] {
            assert_eq!(Verifier::parse(&text), Err(want), "{text}");
        }
    }

    #[test]
    fn foreign_signatures_are_passed_over_but_one_of_ours_must_hold() {
        let (ours, theirs) = (signer("sum.example.com", 1), signer("other.example.com", 2));
        let same_name = signer("sum.example.com", 3);
        let text = "go.sum database tree\n\nwith a blank line\n";
        let lines = |lines: &[String]| format!("{text}\n{}\n", lines.join("\n"));
        let good = ours.signature_line(text);
        let bad = ours.signature_line("something else\n");
        let verifier = verifier(&ours);
        let open = |note: &str| verifier.open(note.as_bytes()).map(str::to_owned);
        let invalid =
            NoteError::InvalidSignature { name: "sum.example.com".into(), hash: verifier.hash };

        assert_eq!(open(&ours.sign(text).unwrap()).as_deref(), Ok(text));
        let strangers = [theirs.signature_line(text), same_name.signature_line(text)];
        assert_eq!(open(&lines(&strangers)), Err(NoteError::Unverified));
        let [a, b] = strangers;
        assert_eq!(open(&lines(&[a, b, good.clone()])).as_deref(), Ok(text));
        // The first of our own decides.
        assert_eq!(open(&lines(&[good.clone(), bad.clone()])).as_deref(), Ok(text));
        assert_eq!(open(&lines(&[bad, good.clone()])), Err(invalid.clone()));
        // A signature of the wrong length is ours and invalid, not malformed.
        let mut short = decode_base64(good.rsplit(' ').next().unwrap()).unwrap();
        short.truncate(5);
        let short = format!("{SIGNATURE_PREFIX}sum.example.com {}", STANDARD.encode(short));
        assert_eq!(open(&lines(&[short])), Err(invalid));

        let hundred = vec![good.clone(); MAX_SIGNATURES];
        assert_eq!(open(&lines(&hundred)).as_deref(), Ok(text));
        let more = vec![good; MAX_SIGNATURES + 1];
        assert_eq!(open(&lines(&more)), Err(NoteError::Malformed));
    }

    #[test]
    fn malformed_notes() {
        let ours = signer("sum.example.com", 1);
        let verifier = verifier(&ours);
        let note = ours.sign("text\n").unwrap();
        let line = ours.signature_line("text\n");
        let name_only = format!("text\n\n{SIGNATURE_PREFIX}sum.example.com\n");
        let no_bytes = format!("text\n\n{SIGNATURE_PREFIX}sum.example.com AAAAAA==\n");
        let spaced_name = format!("text\n\n{SIGNATURE_PREFIX}a\u{a0}b AAAAAAA=\n");
        for bad in [
            "",
            "\n",
            "\n\n",
            "text\n",
            "text\n\n",
            "text\n\n\n",
            note.trim_end(),
            &format!("{note}\n"),
            &format!("{note}text\n"),
            &format!("text\n{line}\n"),
            &note.replace("\u{2014} ", "- "),
            &note.replace("text", "te\rxt"),
            &note.replace("text", "te\txt"),
            &name_only,
            &no_bytes,
            &spaced_name,
        ] {
            assert_eq!(verifier.open(bad.as_bytes()), Err(NoteError::Malformed), "{bad:?}");
        }
        let mut broken = note.into_bytes();
        broken[0] = 0xff;
        assert_eq!(verifier.open(&broken), Err(NoteError::Malformed));
    }

    #[test]
    fn signing_refuses_what_opening_would() {
        assert_eq!(Signer::from_seed("a+b", &[0; 32]).unwrap_err(), SignError::Name);
        assert_eq!(Signer::from_seed("", &[0; 32]).unwrap_err(), SignError::Name);
        assert_eq!(signer("a", 1).sign("text"), Err(SignError::Text));
    }

    proptest! {
        /// Any flipped bit of the text or of the signature's bytes makes the note fail.
        #[test]
        fn no_bit_of_a_note_may_change(at in any::<prop::sample::Index>(), bit in 0..8u8) {
            let ours = signer("sum.example.com", 1);
            let text = "go.sum database tree\n5\nhash\n";
            let good = ours.sign(text).unwrap().into_bytes();
            let mut note = good.clone();
            note[at.index(good.len())] ^= 1 << bit;
            // The last base64 character before `=` may carry bits that mean nothing.
            let opened = verifier(&ours).open(&note).map(str::to_owned);
            prop_assert!(opened.is_err() || opened.as_deref() == Ok(text));
            if at.index(good.len()) < text.len() {
                prop_assert!(opened.is_err());
            }
        }

        #[test]
        fn opening_never_panics(note in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = verifier(&signer("a", 1)).open(&note);
        }
    }
}
