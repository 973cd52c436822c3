//===- Stream.cpp - Streams from Python -----------------------------------===//
//
// Part of the msa project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Runtime.h"

#include <pybind11/stl.h>

#include <cstring>

namespace msa {
namespace python {

namespace {
/// What one run of a segment gave. Outputs are kept as bytes: the callback is
/// called without the GIL.
struct Run {
  std::vector<int64_t> positions, lengths;
  std::vector<std::string> outputs;
};

class Stream {
public:
  Stream(std::shared_ptr<Session> owner, py::handle entry)
      : session(std::move(owner)), index(session->model->findEntry(entry)) {
    msa_stream *made = nullptr;
    session->guarded(
        [&] { return msa_stream_create(session->handle.get(), index, &made); });
    handle.reset(made);
    batch = msa_stream_rows(handle.get());
  }

  size_t rows() const { return batch; }
  size_t segment() const { return msa_stream_segment(handle.get()); }

  /// `tokens`: contiguous int64.
  py::list feed(py::handle tokens, size_t row) {
    checkRow(row);
    Bytes bytes(tokens);
    return collect([&](std::vector<Run> &runs) {
      Sink sink{batch, &runs};
      return msa_stream_feed(handle.get(), row,
                             static_cast<const int64_t *>(bytes.data()),
                             bytes.size() / sizeof(int64_t), add, &sink);
    });
  }
  py::list flush(bool keep) {
    return collect([&](std::vector<Run> &runs) {
      Sink sink{batch, &runs};
      return msa_stream_flush(handle.get(), keep, add, &sink);
    });
  }
  int64_t position(size_t row) {
    checkRow(row);
    int64_t result = 0;
    session->guarded([&] {
      result = msa_stream_position(handle.get(), row);
      return MSA_OK;
    });
    return result;
  }
  size_t pending(size_t row) {
    checkRow(row);
    size_t result = 0;
    session->guarded([&] {
      result = msa_stream_pending(handle.get(), row);
      return MSA_OK;
    });
    return result;
  }
  void setPosition(int64_t position, size_t row) {
    checkRow(row);
    session->guarded(
        [&] { return msa_stream_set_position(handle.get(), row, position); });
  }
  py::bytes exportState() {
    std::string blob;
    session->guarded([&] {
      size_t size = 0;
      if (msa_status status =
              msa_stream_export(handle.get(), nullptr, 0, &size))
        return status;
      blob.resize(size);
      return msa_stream_export(handle.get(), &blob[0], size, &size);
    });
    return py::bytes(blob);
  }
  void restore(py::handle data) {
    Bytes bytes(data);
    session->guarded([&] {
      return msa_stream_import(handle.get(), bytes.data(), bytes.size());
    });
  }

private:
  struct Sink {
    size_t rows;
    std::vector<Run> *runs;
  };
  static void add(void *context, const int64_t *positions,
                  const int64_t *lengths, const msa_tensor *outputs,
                  size_t count) {
    auto *sink = static_cast<Sink *>(context);
    Run run;
    run.positions.assign(positions, positions + sink->rows);
    run.lengths.assign(lengths, lengths + sink->rows);
    for (size_t i = 0; i < count; ++i) {
      size_t bytes = msa_dtype_size(outputs[i].dtype);
      for (int32_t d = 0; d < outputs[i].rank; ++d)
        bytes *= static_cast<size_t>(outputs[i].shape[d]);
      run.outputs.emplace_back(static_cast<const char *>(outputs[i].data),
                               bytes);
    }
    sink->runs->push_back(std::move(run));
  }

  void checkRow(size_t row) const {
    if (row >= batch)
      raiseInvalid("the stream has rows 0 to " + std::to_string(batch - 1) +
                   ", no row " + std::to_string(row));
  }

  /// [(positions, lengths, outputs)] of the runs that `f` makes.
  template <typename F> py::list collect(F f) {
    std::vector<Run> runs;
    session->guarded([&] { return f(runs); });
    const std::vector<Expected> &expected =
        session->model->entries[index].outputs;
    py::list results;
    for (const Run &run : runs) {
      py::list outputs;
      for (size_t i = 0; i < expected.size(); ++i) {
        py::object array = allocate(expected[i], Library::NumPy, DeviceId());
        Borrowed to(array.ptr(), expected[i], {"output", i, nullptr},
                    DeviceId(), true);
        std::memcpy(to.value.data, run.outputs[i].data(),
                    run.outputs[i].size());
        outputs.append(array);
      }
      results.append(py::make_tuple(py::cast(run.positions),
                                    py::cast(run.lengths), outputs));
    }
    return results;
  }

  std::shared_ptr<Session> session;
  size_t index;
  Handle<msa_stream> handle;
  size_t batch = 0;
};
} // namespace

void bindStream(py::module_ &m) {
  py::class_<Stream>(m, "Stream")
      .def(py::init<std::shared_ptr<Session>, py::handle>(), py::arg("session"),
           py::arg("entry"))
      .def_property_readonly("rows", &Stream::rows)
      .def_property_readonly("segment", &Stream::segment)
      .def("feed", &Stream::feed, py::arg("tokens"), py::arg("row"))
      .def("flush", &Stream::flush, py::arg("keep"))
      .def("position", &Stream::position, py::arg("row"))
      .def("pending", &Stream::pending, py::arg("row"))
      .def("set_position", &Stream::setPosition, py::arg("position"),
           py::arg("row"))
      .def("export", &Stream::exportState)
      .def("restore", &Stream::restore, py::arg("data"));
}

} // namespace python
} // namespace msa
