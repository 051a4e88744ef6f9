# Opens a bundle in the way ec2-ami-tools do, with what only their migration checks: the signature.
#
#   ruby read_like_ec2_ami_tools.rb MANIFEST PARTS_DIR PRIVATE_KEY CERTIFICATE DESTINATION
#
# REXML parses the manifest and writes it again; the signed bytes are cut out of what it wrote, so
# that a signature only holds if the file is laid out as REXML would. Parts are read in the order
# of their index, the user's sealed key opens them, and GNU tar unpacks the image.

require 'digest'
require 'openssl'
require 'rexml/document'
require 'zlib'

def check(holds, fault)
  abort "read_like_ec2_ami_tools: #{fault}" unless holds
end

manifest, parts_dir, private_key, certificate, destination = ARGV
bytes = File.binread(manifest)
document = REXML::Document.new(bytes)

written = +''
document.write(written)
check written == bytes, 'REXML writes the manifest in another way'
signed = %w[machine_configuration image].map do |name|
  from = written.index("<#{name}>")
  from ? written[from...(written.index("</#{name}>") + name.size + 3)] : ''
end
signature = [REXML::XPath.first(document, '/manifest/signature').text].pack('H*')
public_key = OpenSSL::X509::Certificate.new(File.binread(certificate)).public_key
check public_key.verify(OpenSSL::Digest.new('SHA1'), signature, signed.join),
      'the signature does not hold'

image = document.root.elements['image']
key = OpenSSL::PKey::RSA.new(File.binread(private_key))
unseal = ->(name) { key.private_decrypt([image.elements[name].text].pack('H*')) }
cipher = OpenSSL::Cipher.new('aes-128-cbc').decrypt
cipher.key = [unseal.call('user_encrypted_key')].pack('H*')
cipher.iv = [unseal.call('user_encrypted_iv')].pack('H*')

parts = image.elements.to_a('parts/part').sort_by { |part| part.attributes['index'].to_i }
digits = parts.size.to_s.size
numbers = parts.map { |part| part.elements['filename'].text[/\.part\.(\d+)\z/, 1] }
check numbers.all? { |number| number.size >= digits }, "part numbers have fewer than #{digits} digits"
compressed = parts.map { |part| cipher.update(File.binread(File.join(parts_dir, part.elements['filename'].text))) }.join
compressed << cipher.final

gzip = Zlib::GzipReader.new(StringIO.new(compressed))
stream = gzip.read
check gzip.unused.nil?, 'something follows the gzip member'
expected = image.elements['digest'].text
found = Digest::SHA1.hexdigest(stream)
check found == expected, "invalid digest, expected #{expected} received #{found}"

IO.popen(['tar', '-x', '--no-same-owner', '-f', '-', '-C', destination], 'wb') { |tar| tar.write(stream) }
check $?.success?, 'tar cannot read the stream'
unpacked = File.join(destination, image.elements['name'].text)
check File.size(unpacked) == image.elements['size'].text.to_i, 'the image has another size'
