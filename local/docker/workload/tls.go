package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net/http"
	"os"
	"time"
)

// With a certificate of its own for localhost, kept in /tls: a host that mounts the folder can trust it.
func serveTLS() error {
	if _, err := os.Stat("/tls/cert.pem"); err != nil {
		if err := makeCertificate(); err != nil {
			return err
		}
	}
	return http.ListenAndServeTLS(":"+port(), "/tls/cert.pem", "/tls/key.pem", nil)
}

func makeCertificate() error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	template := x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "localhost"},
		DNSNames:              []string{"localhost"},
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(time.Hour),
		IsCA:                  true,
		BasicConstraintsValid: true,
	}
	cert, err := x509.CreateCertificate(rand.Reader, &template, &template, &key.PublicKey, key)
	if err != nil {
		return err
	}
	private, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return err
	}
	if err := os.MkdirAll("/tls", 0o755); err != nil {
		return err
	}
	if err := write("/tls/key.pem", "EC PRIVATE KEY", private); err != nil {
		return err
	}
	return write("/tls/cert.pem", "CERTIFICATE", cert)
}

func write(file, kind string, bytes []byte) error {
	return os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: bytes}), 0o600)
}
