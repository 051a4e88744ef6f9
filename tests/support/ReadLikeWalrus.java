import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.util.Vector;
import java.util.zip.GZIPInputStream;
import javax.crypto.Cipher;
import javax.crypto.CipherInputStream;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Decrypts and inflates parts in the way Eucalyptus' Walrus does: streams in streams.
 *
 * <p>{@code java ReadLikeWalrus.java KEY IV TAR PART...}: such a reader ends at the first gzip
 * member without a word, since a CipherInputStream does not know whether more is available.
 */
public class ReadLikeWalrus {
  public static void main(String[] arguments) throws Exception {
    Cipher cipher = Cipher.getInstance("AES/CBC/PKCS5Padding");
    cipher.init(
        Cipher.DECRYPT_MODE,
        new SecretKeySpec(bytes(arguments[0]), "AES"),
        new IvParameterSpec(bytes(arguments[1])));
    Vector<InputStream> parts = new Vector<>();
    for (int i = 3; i < arguments.length; i++) {
      parts.add(new FileInputStream(arguments[i]));
    }
    InputStream encrypted = new SequenceInputStream(parts.elements());
    InputStream tar = new GZIPInputStream(new CipherInputStream(encrypted, cipher));
    try (OutputStream out = new FileOutputStream(arguments[2])) {
      tar.transferTo(out);
    }
  }

  private static byte[] bytes(String hex) {
    byte[] bytes = new byte[hex.length() / 2];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) Integer.parseInt(hex.substring(2 * i, 2 * i + 2), 16);
    }
    return bytes;
  }
}
