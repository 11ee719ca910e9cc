//! Making rings (`ttls keyring new`).

use std::fs;
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, RsaKeySize,
};
use zeroize::Zeroizing;

use crate::facts::calendar;
use crate::name::{Place, place};
use crate::{KeyringError, folder};

/// A personal certificate to make, with its ring where there is none yet.
#[derive(Debug, Clone)]
pub struct NewRing {
    /// Root folder of rings.
    pub root: PathBuf,
    /// `name`, `user/name` or an absolute path.
    pub name: String,
    /// DNS names and IP addresses that the certificate is for; the first is its common name. Not empty.
    pub hosts: Vec<String>,
    /// Label of the certificate in the ring.
    pub label: String,
    /// Kind of its key.
    pub key: KeyType,
    /// Days that it is valid, from `now` on (and an hour before, for clocks that run late).
    pub days: u32,
    /// Who signs it.
    pub authority: Authority,
    /// The present.
    pub now: SystemTime,
}

/// Kind of a new key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyType {
    /// ECDSA on P-256: the default choice.
    EcdsaP256,
    /// ECDSA on P-384.
    EcdsaP384,
    /// RSA with 2048 bits, for old partners.
    Rsa2048,
    /// RSA with 3072 bits.
    Rsa3072,
    /// RSA with 4096 bits.
    Rsa4096,
    /// Ed25519; few FTP clients accept it.
    Ed25519,
}

/// Who signs a new certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Authority {
    /// The certificate itself.
    SelfSigned,
    /// An authority of the ring (`ca/authority.pem`, `ca/authority.key`), made at first use. Its certificate is a
    /// trust anchor of the ring, so that certificates it signs for clients are accepted.
    OwnCa,
}

/// The files that were made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Created {
    /// Folder of the ring.
    pub ring: PathBuf,
    /// The certificate.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
    /// What clients have to trust: the authority's certificate, or the self-signed certificate itself.
    pub trust: PathBuf,
}

/// Days that an own authority is valid: ten years.
const AUTHORITY_DAYS: u32 = 3652;
const HOUR: Duration = Duration::from_secs(3600);

impl NewRing {
    /// Makes key and certificate, folders with mode 0700 and files with mode 0600. Nothing is overwritten.
    ///
    /// # Errors
    /// A name that cannot be, files in the way, a folder that cannot be written.
    pub fn create(&self) -> Result<Created, KeyringError> {
        let Place::Path(folder) = place(&self.root, &self.name)? else {
            return Err(self.failed("the system trust store is kept by the system".to_owned()));
        };
        self.check_label()?;
        let certificate_path = folder.join(format!("{}.pem", self.label));
        let key_path = folder.join(format!("{}.key", self.label));
        self.refuse_existing(&certificate_path)?;
        self.refuse_existing(&key_path)?;
        let key = self.generate(self.key)?;
        let params = self.params()?;
        self.make_folder(&folder)?;
        let others = folder::certificate_files(&self.name, &folder)?;
        let (pem, trust) = match self.authority {
            Authority::SelfSigned => {
                let certificate = params
                    .self_signed(&key)
                    .map_err(|error| self.failed(error.to_string()))?;
                (certificate.pem(), certificate_path.clone())
            }
            Authority::OwnCa => {
                let (issuer, trust) = self.authority(&folder)?;
                let certificate = params
                    .signed_by(&key, &issuer)
                    .map_err(|error| self.failed(error.to_string()))?;
                (certificate.pem(), trust)
            }
        };
        self.write(&key_path, Zeroizing::new(key.serialize_pem()).as_bytes())?;
        self.write(&certificate_path, pem.as_bytes())?;
        self.mark_default(&folder, &others)?;
        Ok(Created {
            ring: folder,
            certificate: certificate_path,
            key: key_path,
            trust,
        })
    }

    /// The first certificate of a ring becomes its default; a second one leaves the default as it was.
    fn mark_default(&self, folder: &Path, others: &[PathBuf]) -> Result<(), KeyringError> {
        let mark = folder.join(folder::DEFAULT);
        let label = match others {
            [] => self.label.clone(),
            [only] => folder::label(only),
            _ => return Ok(()),
        };
        if fs::symlink_metadata(&mark).is_ok() {
            return Ok(());
        }
        self.write(&mark, format!("{label}\n").as_bytes())
    }

    fn params(&self) -> Result<CertificateParams, KeyringError> {
        let Some(first) = self.hosts.first() else {
            return Err(self.failed("no host name or address is given; give at least one".to_owned()));
        };
        let mut params =
            CertificateParams::new(self.hosts.clone()).map_err(|error| self.failed(error.to_string()))?;
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, first.as_str());
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        // A ring serves both roles, so its certificates do.
        params.extended_key_usages = vec![
            ExtendedKeyUsagePurpose::ServerAuth,
            ExtendedKeyUsagePurpose::ClientAuth,
        ];
        params.use_authority_key_identifier_extension = true;
        self.set_validity(&mut params, self.days)?;
        Ok(params)
    }

    fn set_validity(&self, params: &mut CertificateParams, days: u32) -> Result<(), KeyringError> {
        let out_of_range = || self.failed("the validity leaves the calendar; give fewer days".to_owned());
        let start = self.now.checked_sub(HOUR).and_then(calendar);
        let end = self.now.checked_add(24 * HOUR * days).and_then(calendar);
        params.not_before = start.ok_or_else(out_of_range)?;
        params.not_after = end.ok_or_else(out_of_range)?;
        Ok(())
    }

    /// The ring's own authority, made where there is none.
    fn authority(&self, folder: &Path) -> Result<(Issuer<'static, KeyPair>, PathBuf), KeyringError> {
        let anchors = folder.join(folder::ANCHORS);
        let certificate_path = anchors.join("authority.pem");
        let key_path = anchors.join("authority.key");
        let io = |path: &Path, error: &std::io::Error| KeyringError::io(&self.name, "read", path, error);
        if certificate_path.exists() {
            let key = fs::read_to_string(&key_path).map_err(|error| io(&key_path, &error))?;
            let key = KeyPair::from_pem(&Zeroizing::new(key))
                .map_err(|error| KeyringError::content(&self.name, &key_path, error.to_string()))?;
            let pem = fs::read_to_string(&certificate_path).map_err(|error| io(&certificate_path, &error))?;
            let issuer = Issuer::from_ca_cert_pem(&pem, key)
                .map_err(|error| KeyringError::content(&self.name, &certificate_path, error.to_string()))?;
            return Ok((issuer, certificate_path));
        }
        let mut params = CertificateParams::default();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(
            DnType::CommonName,
            format!("ttls authority of key ring {}", self.name),
        );
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        self.set_validity(&mut params, self.days.max(AUTHORITY_DAYS))?;
        let key = self.generate(KeyType::EcdsaP256)?;
        let key_pem = Zeroizing::new(key.serialize_pem());
        let issuer = CertifiedIssuer::self_signed(params.clone(), key)
            .map_err(|error| self.failed(error.to_string()))?;
        self.make_folder(&anchors)?;
        self.write(&key_path, key_pem.as_bytes())?;
        self.write(&certificate_path, issuer.pem().as_bytes())?;
        let key = KeyPair::from_pem(&key_pem).map_err(|error| self.failed(error.to_string()))?;
        Ok((Issuer::new(params, key), certificate_path))
    }

    fn generate(&self, kind: KeyType) -> Result<KeyPair, KeyringError> {
        match kind {
            KeyType::EcdsaP256 => KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256),
            KeyType::EcdsaP384 => KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384),
            KeyType::Ed25519 => KeyPair::generate_for(&rcgen::PKCS_ED25519),
            KeyType::Rsa2048 => KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, RsaKeySize::_2048),
            KeyType::Rsa3072 => KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, RsaKeySize::_3072),
            KeyType::Rsa4096 => KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, RsaKeySize::_4096),
        }
        .map_err(|error| self.failed(error.to_string()))
    }

    fn check_label(&self) -> Result<(), KeyringError> {
        let label = self.label.as_str();
        if label.is_empty()
            || label == folder::DEFAULT
            || label.starts_with('.')
            || label.contains(['/', '\0'])
        {
            return Err(self.failed(
                "a label becomes a file name: it must not be empty or \"default\", start with a dot or hold a slash"
                    .to_owned(),
            ));
        }
        Ok(())
    }

    fn refuse_existing(&self, path: &Path) -> Result<(), KeyringError> {
        if fs::symlink_metadata(path).is_ok() {
            return Err(KeyringError::AlreadyThere {
                ring: self.name.clone(),
                path: path.to_owned(),
            });
        }
        Ok(())
    }

    fn make_folder(&self, path: &Path) -> Result<(), KeyringError> {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .map_err(|error| KeyringError::io(&self.name, "create", path, &error))
    }

    fn write(&self, path: &Path, content: &[u8]) -> Result<(), KeyringError> {
        let failed = |error: std::io::Error| match error.kind() {
            std::io::ErrorKind::AlreadyExists => KeyringError::AlreadyThere {
                ring: self.name.clone(),
                path: path.to_owned(),
            },
            _ => KeyringError::io(&self.name, "write", path, &error),
        };
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)
            .map_err(failed)?;
        file.write_all(content)
            .and_then(|()| file.sync_all())
            .map_err(failed)
    }

    fn failed(&self, reason: String) -> KeyringError {
        KeyringError::Make {
            ring: self.name.clone(),
            label: self.label.clone(),
            reason,
        }
    }
}
