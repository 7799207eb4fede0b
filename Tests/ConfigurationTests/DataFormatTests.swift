import Configuration
import Testing

@Suite struct DataFormatTests {
  @Test(
    arguments: [
      ("a.csv", .csv), ("A.TSV.GZ", .csv), ("x.gz", .csv), ("d.dat.gz", .csv), ("noname", .csv), ("n.svm", .svmlight),
      ("n.libsvm.gz", .svmlight), ("f.npy", .npy), ("f.npz:x", .npy), ("train-images-idx3-ubyte.gz", .idx),
      ("d.h5:x", .hdf5),
      ("f.npy.gz", nil), ("d.h5.gz", nil), ("folder.tar.gz", nil),
    ] as [(String, DataFormat?)])
  func `a name says how a file is written, and one that says nothing may be a table`(name: String, format: DataFormat?)
  {
    #expect(DataFormat.named(name) == format)
  }
}
