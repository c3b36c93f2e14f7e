// Several processes that train one network, through libtorch's own c10d: the store in which they meet, and Gloo's
// collectives over TCP.
#include "process-group.h"

#ifndef USE_C10D_GLOO

void addon::defineProcessGroup(Napi::Object) {}

#else
#include <torch/csrc/distributed/c10d/FileStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

namespace addon {

ProcessGroup::ProcessGroup(c10::intrusive_ptr<c10d::ProcessGroupGloo> gloo) : gloo_(std::move(gloo)) {}
ProcessGroup::~ProcessGroup() = default;

template <typename Work>
void ProcessGroup::finish(Work& work) {
  try {
    work->wait();
  } catch (...) {
    lost = true;
    throw;
  }
}

void ProcessGroup::sum(at::Tensor tensor) {
  std::vector<at::Tensor> tensors{std::move(tensor)};
  auto work = gloo_->allreduce(tensors);
  finish(work);
}

at::Tensor ProcessGroup::gather(const at::Tensor& tensor) {
  std::vector<int64_t> shape{gloo_->getSize()};
  shape.insert(shape.end(), tensor.sizes().begin(), tensor.sizes().end());
  at::Tensor gathered = at::empty(shape, tensor.options());
  std::vector<at::Tensor> inputs{tensor};
  std::vector<std::vector<at::Tensor>> outputs{gathered.unbind(0)};
  auto work = gloo_->allgather(outputs, inputs);
  finish(work);
  return gathered;
}

void ProcessGroup::broadcast(at::Tensor tensor) {
  std::vector<at::Tensor> tensors{std::move(tensor)};
  auto work = gloo_->broadcast(tensors);
  finish(work);
}

// Autograd lays a gradient out as its parameter, so that a bucket has the same elements in the same places everywhere.
// The gradients become views of the buckets. While one bucket travels, the next is filled.
void ProcessGroup::sumGradients(std::vector<at::Tensor>& parameters, int64_t bucketBytes) {
  std::vector<std::vector<at::Tensor>> buckets;
  std::vector<decltype(gloo_->allreduce(buckets[0]))> works;
  for (size_t from = 0, to = 0; from < parameters.size(); from = to) {
    int64_t length = 0;
    const auto options = parameters[from].options();
    for (to = from; to < parameters.size(); ++to) {
      if (!parameters[to].grad().defined()) continue;
      if (parameters[to].dtype() != options.dtype()) break;
      if (length > 0 && length * static_cast<int64_t>(options.dtype().itemsize()) >= bucketBytes) break;
      length += parameters[to].numel();
    }
    at::Tensor bucket = at::empty({length}, options.requires_grad(false));
    int64_t at = 0;
    for (size_t i = from; i < to; ++i) {
      at::Tensor& gradient = parameters[i].mutable_grad();
      if (!gradient.defined()) continue;
      at::Tensor place = bucket.narrow(0, at, gradient.numel()).as_strided(gradient.sizes(), parameters[i].strides());
      place.copy_(gradient);
      gradient = place;
      at += gradient.numel();
    }
    if (length == 0) continue;
    buckets.push_back({bucket});
    works.push_back(gloo_->allreduce(buckets.back()));
  }
  for (auto& work : works) finish(work);
}

namespace {

using Store = c10::intrusive_ptr<c10d::Store>;
using Group = c10::intrusive_ptr<ProcessGroup>;

template <typename T, Kind own>
struct Pointer : Held {
  explicit Pointer(T value) : Held{own}, pointer(std::move(value)) {}
  T pointer;

  static Napi::Value wrap(Napi::Env env, T value) {
    auto free = [](Napi::Env, Held* held) { delete static_cast<Pointer*>(held); };
    return Napi::External<Held>::New(env, new Pointer(std::move(value)), free);
  }
  static T& unwrap(const Napi::Value& value) {
    T& pointer = toHeld<Pointer>(value, own)->pointer;
    if (!pointer) throw std::runtime_error(nameOf(own) + " that is closed was used");
    return pointer;
  }
};
using StoreHandle = Pointer<Store, Kind::store>;
using GroupHandle = Pointer<Group, Kind::processGroup>;

// openFileStore(path, size): a file by which the processes of one machine meet.
Napi::Value openFileStore(const Napi::CallbackInfo& info) {
  int size = static_cast<int>(toInteger(info[1], 1, 65536));
  return StoreHandle::wrap(info.Env(), c10::make_intrusive<c10d::FileStore>(toText(info[0]), size));
}

// openTcpStore(host, port, serve, timeout in ms): the process that serves listens on the port, others ask there.
Napi::Value openTcpStore(const Napi::CallbackInfo& info) {
  c10d::TCPStoreOptions options;
  options.port = static_cast<uint16_t>(toInteger(info[1], 1, 65535));
  options.isServer = toBool(info[2]);
  options.waitWorkers = false;
  options.timeout = std::chrono::milliseconds(toInteger(info[3]));
  return StoreHandle::wrap(info.Env(), c10::make_intrusive<c10d::TCPStore>(toText(info[0]), options));
}

void storeSet(const Napi::CallbackInfo& info) {
  std::string value = toText(info[2]);
  StoreHandle::unwrap(info[0])->set(toText(info[1]), std::vector<uint8_t>(value.begin(), value.end()));
}

bool storeHas(const Napi::CallbackInfo& info) { return StoreHandle::unwrap(info[0])->check({toText(info[1])}); }

std::string storeGet(const Napi::CallbackInfo& info) {
  auto value = StoreHandle::unwrap(info[0])->get(toText(info[1]));
  return std::string(value.begin(), value.end());
}

// openGroup(store, rank, size, address, timeout in ms): returns when all have called it. Others reach this process at
// `address`. The timeout is that of every later call.
Napi::Value openGroup(const Napi::CallbackInfo& info) {
  int size = static_cast<int>(toInteger(info[2], 1, 65536));
  int rank = static_cast<int>(toInteger(info[1], 0, size - 1));
  auto options = c10d::ProcessGroupGloo::Options::create(std::chrono::milliseconds(toInteger(info[4])));
  options->devices.push_back(c10d::ProcessGroupGloo::createDeviceForHostname(toText(info[3])));
  auto gloo = c10::make_intrusive<c10d::ProcessGroupGloo>(StoreHandle::unwrap(info[0]), rank, size, options);
  return GroupHandle::wrap(info.Env(), c10::make_intrusive<ProcessGroup>(std::move(gloo)));
}

void closeGroup(const Napi::CallbackInfo& info) { GroupHandle::unwrap(info[0]).reset(); }

bool groupLost(const Napi::CallbackInfo& info) { return GroupHandle::unwrap(info[0])->lost; }

void allReduce(const Napi::CallbackInfo& info) { GroupHandle::unwrap(info[0])->sum(unwrap(info[1])); }

void broadcast(const Napi::CallbackInfo& info) { GroupHandle::unwrap(info[0])->broadcast(unwrap(info[1])); }

void sumGradients(const Napi::CallbackInfo& info) {
  auto parameters = unwrapAll(info[1]);
  GroupHandle::unwrap(info[0])->sumGradients(parameters, toInteger(info[2]));
}

at::Tensor batchNorm(const Napi::CallbackInfo& info) {
  return syncBatchNorm(GroupHandle::unwrap(info[0]), toBool(info[1]), unwrap(info[2]), unwrap(info[3]), unwrap(info[4]),
                       unwrap(info[5]), unwrap(info[6]), toDouble(info[7]), toDouble(info[8]));
}

}  // namespace

void defineProcessGroup(Napi::Object exports) {
  define(exports, "openFileStore", 2, openFileStore);
  define(exports, "openTcpStore", 4, openTcpStore);
  define(exports, "storeSet", 3, storeSet);
  define(exports, "storeHas", 2, storeHas);
  define(exports, "storeGet", 2, storeGet);
  define(exports, "openGroup", 5, openGroup);
  define(exports, "closeGroup", 1, closeGroup);
  define(exports, "groupLost", 1, groupLost);
  define(exports, "allReduce", 2, allReduce);
  define(exports, "broadcast", 2, broadcast);
  define(exports, "sumGradients", 3, sumGradients);
  define(exports, "syncBatchNorm", 9, batchNorm);
}

}  // namespace addon
#endif
