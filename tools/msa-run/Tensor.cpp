//===- Tensor.cpp - Tensors on the command line ---------------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Tensor.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>
#include <sstream>

using namespace msa::run;

int64_t Tensor::elements() const {
  int64_t n = 1;
  for (int64_t size : shape)
    n *= size;
  return n;
}

msa_tensor Tensor::view() {
  return {dtype, static_cast<int32_t>(shape.size()), shape.data(), data.data(),
          0};
}

static float fromBits(uint32_t bits) {
  float value;
  std::memcpy(&value, &bits, 4);
  return value;
}
static uint32_t toBits(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, 4);
  return bits;
}

static double halfToDouble(uint16_t h) {
  int exponent = (h >> 10) & 31, mantissa = h & 1023;
  double value = exponent == 31  ? (mantissa ? NAN : INFINITY)
                 : exponent == 0 ? std::ldexp(mantissa, -24)
                                 : std::ldexp(mantissa + 1024, exponent - 25);
  return h & 0x8000 ? -value : value;
}

static uint16_t doubleToHalf(double value) {
  uint16_t sign = std::signbit(value) ? 0x8000 : 0;
  double a = std::fabs(value);
  if (std::isnan(a))
    return sign | 0x7e00;
  if (a >= 65520)
    return sign | 0x7c00;
  if (a < std::ldexp(1.0, -14))
    return sign | static_cast<uint16_t>(std::nearbyint(std::ldexp(a, 24)));
  int exponent;
  double fraction = std::frexp(a, &exponent); // a = fraction * 2^exponent
  auto mantissa = static_cast<uint32_t>(std::nearbyint(fraction * 2048));
  return sign | static_cast<uint16_t>(((exponent + 13) << 10) + mantissa);
}

static uint16_t doubleToBfloat(double value) {
  uint32_t bits = toBits(static_cast<float>(value));
  if (std::isnan(value))
    return 0x7fc0;
  return static_cast<uint16_t>((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

template <typename T> static T load(const std::vector<uint8_t> &d, int64_t i) {
  T value;
  std::memcpy(&value, d.data() + i * sizeof(T), sizeof(T));
  return value;
}
template <typename T>
static void store(std::vector<uint8_t> &d, int64_t i, T value) {
  std::memcpy(d.data() + i * sizeof(T), &value, sizeof(T));
}

double Tensor::at(int64_t i) const {
  switch (dtype) {
  case MSA_F64:
    return load<double>(data, i);
  case MSA_F32:
    return load<float>(data, i);
  case MSA_F16:
    return halfToDouble(load<uint16_t>(data, i));
  case MSA_BF16:
    return fromBits(uint32_t(load<uint16_t>(data, i)) << 16);
  case MSA_I64:
    return static_cast<double>(load<int64_t>(data, i));
  case MSA_I32:
    return load<int32_t>(data, i);
  case MSA_I16:
    return load<int16_t>(data, i);
  case MSA_I8:
    return load<int8_t>(data, i);
  case MSA_I1:
    return load<uint8_t>(data, i) != 0;
  case MSA_DTYPE_MAX_ENUM:
    break;
  }
  return 0;
}

void Tensor::set(int64_t i, double x) {
  switch (dtype) {
  case MSA_F64:
    return store<double>(data, i, x);
  case MSA_F32:
    return store<float>(data, i, static_cast<float>(x));
  case MSA_F16:
    return store<uint16_t>(data, i, doubleToHalf(x));
  case MSA_BF16:
    return store<uint16_t>(data, i, doubleToBfloat(x));
  case MSA_I64:
    return store<int64_t>(data, i, static_cast<int64_t>(x));
  case MSA_I32:
    return store<int32_t>(data, i, static_cast<int32_t>(x));
  case MSA_I16:
    return store<int16_t>(data, i, static_cast<int16_t>(x));
  case MSA_I8:
    return store<int8_t>(data, i, static_cast<int8_t>(x));
  case MSA_I1:
    return store<uint8_t>(data, i, x != 0);
  case MSA_DTYPE_MAX_ENUM:
    break;
  }
}

std::string Tensor::type() const {
  std::string text;
  for (int64_t size : shape)
    text += std::to_string(size) + "x";
  return text + msa_dtype_name(dtype);
}

Tensor msa::run::zeros(const msa_tensor_info &info) {
  Tensor tensor;
  tensor.dtype = info.dtype;
  tensor.shape.assign(info.shape, info.shape + info.rank);
  tensor.data.assign(info.bytes, 0);
  return tensor;
}

static std::string typeOf(const msa_tensor_info &info) {
  Tensor tensor;
  tensor.dtype = info.dtype;
  tensor.shape.assign(info.shape, info.shape + info.rank);
  return tensor.type();
}

Tensor msa::run::parseTensor(const std::string &text,
                             const msa_tensor_info &expected,
                             const std::string &where) {
  Tensor tensor;
  if (!text.empty() && text[0] == '@') {
    tensor = readNpy(text.substr(1), expected.dtype);
  } else {
    size_t equals = text.find('=');
    std::string type =
        equals == std::string::npos ? "" : text.substr(0, equals);
    std::string values =
        equals == std::string::npos ? text : text.substr(equals + 1);
    tensor = zeros(expected);
    if (!type.empty() && type != tensor.type())
      throw UserError(where + " is " + type + ", the model takes " +
                      tensor.type());
    for (char &c : values)
      if (c == ',' || c == '[' || c == ']')
        c = ' ';
    std::istringstream words(values);
    std::vector<double> numbers;
    bool integral = tensor.dtype >= MSA_I64;
    for (std::string word; words >> word;) {
      size_t used = 0;
      double x = 0;
      try {
        x = std::stod(word, &used);
      } catch (const std::exception &) {
      }
      if (used != word.size() || (integral && std::fabs(x) > 9.0e15))
        throw UserError(where + ": '" + word + "' is no number that fits " +
                        msa_dtype_name(tensor.dtype));
      numbers.push_back(x);
    }
    int64_t n = tensor.elements();
    if (numbers.size() != 1 && static_cast<int64_t>(numbers.size()) != n)
      throw UserError(where + " has " + std::to_string(numbers.size()) +
                      " values; " + tensor.type() + " takes one for all or " +
                      std::to_string(n));
    for (int64_t i = 0; i < n; ++i)
      tensor.set(i, numbers.size() == 1 ? numbers[0] : numbers[i]);
  }
  if (tensor.type() != typeOf(expected))
    throw UserError(where + " is " + tensor.type() + ", the model takes " +
                    typeOf(expected));
  return tensor;
}

//===----------------------------------------------------------------------===//
// .npy (NumPy enhancement proposal 1)
//===----------------------------------------------------------------------===//

static const struct {
  msa_dtype dtype;
  const char *code;
} kCodes[] = {{MSA_F64, "<f8"},  {MSA_F32, "<f4"}, {MSA_F16, "<f2"},
              {MSA_BF16, "<V2"}, {MSA_I64, "<i8"}, {MSA_I32, "<i4"},
              {MSA_I16, "<i2"},  {MSA_I8, "|i1"},  {MSA_I1, "|b1"},
              {MSA_BF16, "|V2"}, {MSA_BF16, "<u2"}};

static std::string field(const std::string &header, const std::string &key,
                         const std::string &path) {
  size_t at = header.find("'" + key + "'");
  if (at == std::string::npos)
    throw UserError(path + ": its header has no '" + key + "'");
  at = header.find(':', at);
  size_t begin = header.find_first_not_of(' ', at + 1);
  size_t end = begin == std::string::npos ? begin
               : header[begin] == '('     ? header.find(')', begin)
                                          : header.find_first_of(",}", begin);
  if (at == std::string::npos || end == std::string::npos)
    throw UserError(path + ": its header is damaged");
  return header.substr(begin, end - begin);
}

Tensor msa::run::readNpy(const std::string &path, msa_dtype expected) {
  std::ifstream file(path, std::ios::binary);
  char magic[8];
  if (!file.read(magic, 8))
    throw UserError("can not read '" + path + "'");
  if (std::memcmp(magic,
                  "\x93"
                  "NUMPY",
                  6) != 0 ||
      magic[6] < 1 || magic[6] > 3)
    throw UserError("'" + path + "' is no .npy file");
  unsigned char lengthBytes[4] = {};
  file.read(reinterpret_cast<char *>(lengthBytes), magic[6] == 1 ? 2 : 4);
  uint32_t length = lengthBytes[0] | lengthBytes[1] << 8 |
                    lengthBytes[2] << 16 | uint32_t(lengthBytes[3]) << 24;
  if (!file || length > 65536)
    throw UserError("'" + path + "' has a damaged header");
  std::string header(length, ' ');
  if (!file.read(&header[0], length))
    throw UserError("'" + path + "' is truncated");
  std::string code = field(header, "descr", path);
  code.erase(0, code.find_first_of("'\"") + 1);
  code.erase(code.find_last_of("'\""));
  if (field(header, "fortran_order", path).compare(0, 4, "True") == 0)
    throw UserError("'" + path +
                    "' is in Fortran order; save it with "
                    "numpy.ascontiguousarray");
  Tensor tensor;
  bool known = false;
  for (const auto &entry : kCodes)
    if (code == entry.code && !known) {
      tensor.dtype = entry.dtype;
      known = true;
    }
  if (!known)
    throw UserError("'" + path + "' holds elements of type " + code +
                    ", which no model takes");
  (void)expected;
  std::string shape = field(header, "shape", path).substr(1);
  for (char &c : shape)
    if (c == ',')
      c = ' ';
  std::istringstream sizes(shape);
  double total = static_cast<double>(msa_dtype_size(tensor.dtype));
  for (int64_t size; sizes >> size;) {
    if (size < 0)
      throw UserError("'" + path + "' has a negative size");
    tensor.shape.push_back(size);
    total *= static_cast<double>(size);
  }
  if (total > 1e12)
    throw UserError("'" + path + "' is too large");
  std::streamoff begin = file.tellg();
  file.seekg(0, std::ios::end);
  if (file.tellg() - begin < static_cast<std::streamoff>(total))
    throw UserError("'" + path + "' is truncated");
  file.seekg(begin);
  tensor.data.resize(static_cast<size_t>(total));
  file.read(reinterpret_cast<char *>(tensor.data.data()),
            static_cast<std::streamsize>(tensor.data.size()));
  return tensor;
}

void msa::run::writeNpy(const std::string &path, const Tensor &tensor) {
  std::string code;
  for (const auto &entry : kCodes)
    if (entry.dtype == tensor.dtype && code.empty())
      code = entry.code;
  std::string header = "{'descr': '" + code +
                       "', 'fortran_order': False, "
                       "'shape': (";
  for (int64_t size : tensor.shape)
    header += std::to_string(size) + ",";
  header += ")}";
  while ((10 + header.size() + 1) % 64)
    header += ' ';
  header += '\n';
  std::ofstream file(path, std::ios::binary);
  char start[10] = {'\x93',
                    'N',
                    'U',
                    'M',
                    'P',
                    'Y',
                    1,
                    0,
                    static_cast<char>(header.size() & 255),
                    static_cast<char>(header.size() >> 8)};
  file.write(start, 10) << header;
  file.write(reinterpret_cast<const char *>(tensor.data.data()),
             static_cast<std::streamsize>(tensor.data.size()));
  file.close();
  if (!file)
    throw UserError("can not write '" + path + "'");
}

std::string msa::run::print(const Tensor &tensor, int64_t limit) {
  std::ostringstream os;
  os.precision(6);
  os << tensor.type() << "=";
  int64_t row = tensor.shape.empty() ? 1 : tensor.shape.back();
  int64_t n = tensor.elements();
  for (int64_t i = 0; i < n && i < limit; ++i) {
    if (i % row == 0 && tensor.shape.size() > 1)
      os << "[";
    os << tensor.at(i);
    if (i % row == row - 1 && tensor.shape.size() > 1)
      os << "]";
    else if (i + 1 < n)
      os << " ";
  }
  if (n > limit)
    os << "... (" << n << " values)";
  return os.str();
}

Difference msa::run::compare(const Tensor &actual, const Tensor &expected) {
  Difference difference;
  int64_t n = expected.elements();
  if (actual.shape != expected.shape) {
    difference.relative = INFINITY;
    difference.sameBits = false;
    return difference;
  }
  difference.sameBits =
      actual.dtype == expected.dtype && actual.data == expected.data;
  double squares = 0;
  int64_t finite = 0;
  for (int64_t i = 0; i < n; ++i)
    if (double x = expected.at(i); std::isfinite(x)) {
      squares += x * x;
      ++finite;
    }
  double rms = finite ? std::sqrt(squares / static_cast<double>(finite)) : 0;
  for (int64_t i = 0; i < n; ++i) {
    double a = actual.at(i), b = expected.at(i);
    if (a == b || (std::isnan(a) && std::isnan(b)))
      continue;
    double scale = std::max(std::fabs(b), rms);
    double error = std::isfinite(a) && std::isfinite(b)
                       ? std::fabs(a - b) / (scale > 0 ? scale : 1e-300)
                       : INFINITY;
    if (!(error <= difference.relative)) {
      difference.relative = error;
      difference.index = i;
    }
  }
  return difference;
}
