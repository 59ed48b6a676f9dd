#!/bin/sh
# Makes the certificates of this folder anew: two authorities, and what each signs. The keys of the
# authorities are thrown away. Usage: sh runtime/testdata/make-certificates.sh
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cat > "$work/ca.cnf" <<END
[ca]
default_ca = own
[own]
new_certs_dir = $work
database = $work/index
serial = $work/serial
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
organizationalUnitName = optional
[req]
distinguished_name = names
[names]
[authority]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
END
: > "$work/index"
echo 01 > "$work/serial"

# From long ago until long from now, whatever the clock of the machine says.
sign() { # out, request, end, more options
  out=$1 request=$2 end=$3
  shift 3
  openssl ca -batch -notext -config "$work/ca.cnf" -startdate 20200101000000Z -enddate "$end" \
    -in "$request" -out "$out" "$@" 2> "$work/log" || { cat "$work/log" >&2; exit 1; }
}

authority() { # name
  openssl ecparam -name prime256v1 -genkey -noout -out "$work/$1.key"
  openssl req -new -config "$work/ca.cnf" -key "$work/$1.key" -subj "/CN=$1" -out "$work/request"
  sign "$1.pem" "$work/request" 21200101000000Z -selfsign -keyfile "$work/$1.key" \
    -extensions authority
}

certificate() { # file, authority, subject, usages, names, end
  openssl ecparam -name prime256v1 -genkey -noout | openssl pkcs8 -topk8 -nocrypt -out "$1.key"
  {
    echo '[own]'
    echo 'basicConstraints = critical,CA:FALSE'
    echo 'keyUsage = critical,digitalSignature'
    echo "extendedKeyUsage = $4"
    if [ -n "$5" ]; then echo "subjectAltName = $5"; fi
  } > "$work/extensions"
  openssl req -new -config "$work/ca.cnf" -key "$1.key" -subj "$3" -out "$work/request"
  sign "$1.pem" "$work/request" "${6:-21200101000000Z}" -cert "$2.pem" -keyfile "$work/$2.key" \
    -extfile "$work/extensions" -extensions own
}

authority ca
authority other-ca
both=serverAuth,clientAuth
for n in 1 2 3; do
  certificate "s$n" ca "/CN=s$n" $both "DNS:s$n,IP:127.0.0.$n"
  certificate "s$n-other" other-ca "/CN=s$n" $both "DNS:s$n,IP:127.0.0.$n"
done
certificate s1-next ca /CN=s1 $both DNS:s1,IP:127.0.0.1
certificate s1-expired ca /CN=s1 $both DNS:s1,IP:127.0.0.1 20210101000000Z
certificate wildcard ca '/CN=*' $both 'DNS:*,DNS:*.cluster.example'
certificate operator ca /OU=operator/CN=alice clientAuth ''
certificate operator-other other-ca /OU=operator/CN=alice clientAuth ''
certificate client ca /OU=peers/CN=dfdaemon-1 clientAuth ''
