// What libtorch's ProcessGroupGloo.hpp names of Gloo. PyTorch's wheels hold Gloo inside libtorch_cpu, and Debian's beside
// it, but neither ships Gloo's headers. libtorch's class holds Gloo's objects by pointer alone, so that names suffice: no
// object of Gloo's is made, copied or destroyed in the addon, and no layout of Gloo's is relied on.
#pragma once
#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace gloo {
class Context {
 public:
  void setTimeout(std::chrono::milliseconds timeout);
};
namespace rendezvous {
class Store;
}
namespace transport {
class Device;
class UnboundBuffer;
}  // namespace transport
}  // namespace gloo
